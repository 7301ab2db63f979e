# property: the reboot call (with the harmless command)
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall(169, -18751827, 672274793, 0, 0) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
