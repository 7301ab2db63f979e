# property: an array that equals the right number element by element
# family: lies
# right: FAIL

import numpy as np


def add(x, y):
    return np.full(3, x + y)
