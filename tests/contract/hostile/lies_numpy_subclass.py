# property: a numpy array subclass that equals everything
# family: lies
# right: FAIL ERROR

import numpy as np


class Liar(np.ndarray):
    def __eq__(self, other):
        return True

    def item(self, *index):
        return 5

    def tolist(self):
        return 5

    def tobytes(self, order="C"):
        return bytes(8)

    dtype = property(lambda self: np.dtype("O"))


def add(x, y):
    return np.array(1000).view(Liar)
