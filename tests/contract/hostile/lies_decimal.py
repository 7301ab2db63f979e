# property: a Decimal subclass that equals everything and prints as the right number
# family: lies
# right: FAIL

import decimal


class Liar(decimal.Decimal):
    def __eq__(self, other):
        return True

    __hash__ = decimal.Decimal.__hash__
    __str__ = lambda self: "5"
    as_tuple = lambda self: decimal.Decimal(5).as_tuple()


def add(x, y):
    return Liar(1000)
