# property: a signal to every process there is (signal 0, which only asks whether it could)
# family: exits
# right: FORBIDDEN

import os


def add(x, y):
    os.kill(-1, 0)
    return x + y
