# property: a Fraction subclass whose numerator and denominator lie
# family: lies
# right: FAIL

import fractions


class Liar(fractions.Fraction):
    numerator = property(lambda self: 5)
    denominator = property(lambda self: 1)

    def __eq__(self, other):
        return True

    __hash__ = fractions.Fraction.__hash__


def add(x, y):
    return Liar(1000)
