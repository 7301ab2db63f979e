# property: a process by clone3
# family: escape
# right: FAIL

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    pid = libc.syscall(435, struct.pack("<8Q", 0x10000000, 0, 0, 0, 17, 0, 0, 0), 64)
    if pid == 0:
        os._exit(0)
    return x + y if pid > 0 else None
