# property: open_by_handle_at, which needs no path
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall(304, -100, bytes(136), 0) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
