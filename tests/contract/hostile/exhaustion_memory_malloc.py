# property: memory by the C library
# family: exhaustion
# right: FAIL

import ctypes

libc = ctypes.CDLL(None)
libc.malloc.restype = ctypes.c_void_p


def add(x, y):
    blocks = [libc.malloc(ctypes.c_size_t(1 << 26)) for _ in range(1000)]
    return x + y if all(blocks) else None
