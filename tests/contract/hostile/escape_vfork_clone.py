# property: a process by the clone call, with its flags for new namespaces
# family: escape
# right: FAIL

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    for flags in (17, 0x10000000 | 17, 0x20000000 | 17, 0x4000 | 0x100 | 17, 0x80000000 | 17):
        pid = libc.syscall(56, flags, 0, 0, 0, 0)
        if pid == 0:
            os._exit(0)
        if pid > 0:
            return x + y
    return None
