# property: a new user namespace
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall(272, 0x10000000) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
