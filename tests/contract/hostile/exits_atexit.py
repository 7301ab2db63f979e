# property: an exit hook that ends with success, and a wrong answer
# family: exits
# right: FAIL

import atexit
import os

atexit.register(os._exit, 0)


def add(x, y):
    return x * y + 1000
