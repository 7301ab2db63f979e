# property: a timedelta subclass that equals everything
# family: lies
# right: FAIL

import datetime


class Liar(datetime.timedelta):
    def __eq__(self, other):
        return True

    __hash__ = datetime.timedelta.__hash__


def add(x, y):
    return Liar(seconds=x + y)
