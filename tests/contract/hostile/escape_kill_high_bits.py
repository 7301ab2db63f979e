# property: a signal to another process with the pid's high bits set
# family: escape
# right: FAIL

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    for pid in (os.getppid() + (1 << 32), os.getpid() + (1 << 32)):
        reached = libc.syscall(62, ctypes.c_long(pid), 0) == 0
        if reached and pid & 0xFFFFFFFF != os.getpid():
            return x + y
    return None
