# property: the machine's name (set to what it is)
# family: escape
# right: FAIL

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall( 170, os.uname().nodename.encode(), len(os.uname().nodename)) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
