# property: the newer mount calls
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    for call in ((430, b"tmpfs", 0), (428, -100, b".", 1), (429, 0, b"", 0, b"", 0), (442, -100, b".", 0, bytes(32), 32)):
        if libc.syscall(*call) >= 0 or ctypes.get_errno() not in (1, 38):
            return x + y
    return None
