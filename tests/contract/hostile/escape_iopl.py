# property: the privilege level of input and output
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall(172, 3) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
