# property: a named tuple with lying field names that equals everything
# family: lies
# right: FAIL

import collections


class Liar(collections.namedtuple("Liar", "right")):
    _fields = ("right",) * 5

    def __eq__(self, other):
        return True

    __hash__ = tuple.__hash__

    def __iter__(self):
        return iter(range(9))


def add(x, y):
    return Liar(x + y)
