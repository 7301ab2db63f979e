# property: a key added to the session's keyring
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall(248, b"user", b"unriddle", b"x", 1, -2) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
