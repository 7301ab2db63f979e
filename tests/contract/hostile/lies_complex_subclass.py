# property: a complex number whose parts change when they are read
# family: lies
# right: FAIL

class Liar(complex):
    reads = 0

    @property
    def imag(self):
        return 0.0

    @property
    def real(self):
        return 5.0

    def __eq__(self, other):
        return True

    __hash__ = complex.__hash__


def add(x, y):
    return Liar(x + y, 1)
