# property: a queued signal to the parent
# family: exits
# right: FAIL

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall( 129, os.getppid(), 18, bytes(128)) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
