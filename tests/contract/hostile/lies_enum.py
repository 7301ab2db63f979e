# property: an IntEnum member of the wrong value that equals everything
# family: lies
# right: FAIL

import enum


class Liar(enum.IntEnum):
    WRONG = 1000

    def __eq__(self, other):
        return True

    __hash__ = int.__hash__

    @property
    def value(self):
        return 5


def add(x, y):
    return Liar.WRONG
