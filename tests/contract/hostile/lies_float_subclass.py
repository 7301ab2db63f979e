# property: a float subclass of the wrong value that is close to everything
# family: lies
# right: FAIL

class Liar(float):
    def __eq__(self, other):
        return True

    def __sub__(self, other):
        return 0.0

    __rsub__ = __sub__
    __hash__ = float.__hash__

    def __abs__(self):
        return 0.0


def add(x, y):
    return Liar(0.5)
