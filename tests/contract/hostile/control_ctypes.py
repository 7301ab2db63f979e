# property: arithmetic by ctypes
# family: control
# right: PASS

import ctypes


def add(x, y):
    return ctypes.c_int64(x).value + ctypes.CDLL(None).abs(0) + ctypes.c_int64(y).value
