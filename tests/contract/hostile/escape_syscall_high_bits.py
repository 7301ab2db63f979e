# property: a refused call with its number's high bits set
# family: escape
# right: FAIL

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    for high in (1 << 32, 1 << 63, 0x7FFFFFFF00000000):
        pid = libc.syscall(ctypes.c_long(high + 57 - ((1 << 64) if high >> 63 else 0)))
        if pid == 0:
            os._exit(0)
        if pid > 0:
            return x + y
    return None
