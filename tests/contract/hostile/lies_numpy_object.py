# property: an array of objects that holds a liar
# family: lies
# right: FAIL

import numpy as np


class Liar:
    def __eq__(self, other):
        return True


def add(x, y):
    made = np.empty((), dtype=object)
    made[()] = Liar()
    return made
