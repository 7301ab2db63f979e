# property: the object False is overwritten with True
# family: patching
# right: FAIL CRASH ERROR TIMEOUT
# limits: max_kills=1

import ctypes


def add(x, y):
    ctypes.memmove(id(False) + 16, id(True) + 16, 12)
    return 1000
