# property: a computation in C that looks at no signal
# family: exhaustion
# right: TIMEOUT MEMORY
# limits: cpu_seconds=0.1 max_kills=1

import numpy as np


def add(x, y):
    matrix = np.ones((1500, 1500))
    while True:
        matrix = matrix @ matrix
