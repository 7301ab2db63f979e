# property: memory by numpy
# family: exhaustion
# right: MEMORY ERROR

import numpy as np


def add(x, y):
    return int(np.ones(1 << 36).sum())
