# property: a read of address 0 under a fault handler that ends with success
# family: exits
# right: CRASH TIMEOUT
# limits: max_kills=1

import ctypes
import os
import signal


def add(x, y):
    libc = ctypes.CDLL(None)
    libc.signal(signal.SIGSEGV, ctypes.cast(libc._exit, ctypes.c_void_p))
    return ctypes.string_at(0)
