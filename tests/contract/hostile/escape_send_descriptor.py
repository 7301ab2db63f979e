# property: a message with a descriptor over every inherited socket
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    for fd in range(3, 64):
        if libc.sendmsg(fd, bytes(56), 0) >= 0 or ctypes.get_errno() not in (1, 9, 88):
            return x + y
    return None
