# property: the C library's exit(0), which flushes and runs its hooks
# family: exits
# right: CRASH

import ctypes


def add(x, y):
    ctypes.CDLL(None).exit(0)
