# property: a weak proxy of an object that equals everything
# family: lies
# right: FAIL ERROR

import weakref


class Liar:
    def __eq__(self, other):
        return True


liar = Liar()


def add(x, y):
    return weakref.proxy(liar)
