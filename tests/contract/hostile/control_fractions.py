# property: fractions and decimals on the way
# family: control
# right: PASS

from decimal import Decimal
from fractions import Fraction


def add(x, y):
    return int(Fraction(x) + Fraction(str(Decimal(y))))
