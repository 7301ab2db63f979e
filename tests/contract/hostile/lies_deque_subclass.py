# property: a deque subclass that equals everything
# family: lies
# right: FAIL

import collections


class Liar(collections.deque):
    def __eq__(self, other):
        return True

    def __iter__(self):
        raise KeyboardInterrupt


def add(x, y):
    return Liar([x + y])
