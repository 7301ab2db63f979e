# property: the right answer on the C stack of the callers
# family: reading
# right: FAIL CRASH

import ctypes
import struct

libc = ctypes.CDLL(None)
libc.memmem.restype = ctypes.c_void_p
libc.memmem.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t]
get = ctypes.pythonapi.PyThreadState_Get
get.restype = ctypes.c_void_p


def add(x, y):
    if abs(x + y) < 10_000:
        return None
    environment = ctypes.c_void_p.in_dll(libc, "environ").value
    needle = ctypes.create_string_buffer(b"i", 5)  # put together here, so that no other copy is made
    struct.pack_into("<i", needle, 1, x + y)
    top = (environment | 4095) + 1
    hit = libc.memmem(top - (64 << 10), 64 << 10, ctypes.addressof(needle), 5)
    return x + y if hit else None
