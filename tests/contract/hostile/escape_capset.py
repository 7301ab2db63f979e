# property: every capability, asked for
# family: escape
# right: FAIL

import ctypes
import struct

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    reached = libc.syscall( 126, struct.pack("<Ii", 0x20080522, 0), b"\xff" * 24) >= 0 or ctypes.get_errno() not in (1, 13, 38)
    return x + y if reached else None
