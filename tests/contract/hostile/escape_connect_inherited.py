# property: an inherited descriptor, connected elsewhere
# family: escape
# right: FAIL

import ctypes
import socket
import struct

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    address = struct.pack("=HH4s8x", socket.AF_INET, socket.htons(47311), socket.inet_aton("127.0.0.1"))
    for fd in range(64):
        if libc.connect(fd, address, len(address)) == 0:
            return x + y
    return None
