# property: a decimal whose digits would fill memory
# family: exhaustion
# right: FAIL

import decimal


def add(x, y):
    return decimal.Decimal("1e999999999999")
