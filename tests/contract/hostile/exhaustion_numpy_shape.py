# property: an array of no bytes and a thousand million rows
# family: exhaustion
# right: FAIL

import numpy as np


def add(x, y):
    return np.empty((10**9, 0))
