# property: io_uring, which makes calls a filter does not see
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall(425, 8, bytes(120)) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
