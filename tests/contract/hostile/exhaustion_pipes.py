# property: as many full pipes as there may be
# family: exhaustion
# right: ERROR

import os


def add(x, y):
    for _ in range(5000):
        _, write = os.pipe()
        os.set_blocking(write, False)
        os.write(write, bytes(65536))
    return x + y
