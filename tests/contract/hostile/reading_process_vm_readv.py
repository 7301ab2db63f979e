# property: the parent's memory by process_vm_readv
# family: reading
# right: FAIL

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall( 310, os.getppid(), 0, 0, 0, 0, 0) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
