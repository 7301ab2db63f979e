# property: System V shared memory
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall(29, 0, 4096, 0o600) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
