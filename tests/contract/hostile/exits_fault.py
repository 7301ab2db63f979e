# property: a read of address 0
# family: exits
# right: CRASH

import ctypes


def add(x, y):
    return ctypes.string_at(0)
