# property: a numpy scalar equal to the right integer
# family: control
# right: PASS

import numpy as np


def add(x, y):
    return np.int64(x) + np.int64(y)
