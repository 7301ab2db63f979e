# property: a terminal ioctl with the request's high bits set
# family: escape
# right: FAIL

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    for request in (0x5412 + (1 << 32), 0x541C + (1 << 33)):
        if libc.syscall(16, 0, ctypes.c_long(request), b" ") >= 0 or ctypes.get_errno() != 1:
            return x + y
    return None
