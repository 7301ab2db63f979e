# property: the right answer in the process's memory, where an earlier candidate's may have stayed
# family: reading
# right: FAIL CRASH
# limits: cpu_seconds=3

import ctypes
import gc
import struct

libc = ctypes.CDLL(None, use_errno=True)
libc.memmem.restype = libc.sbrk.restype = ctypes.c_void_p
libc.memmem.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_size_t]


def mapped(page):
    """Whether there is memory: access() says EFAULT for an address without any."""
    ctypes.set_errno(0)
    libc.access(ctypes.c_void_p(page), 0)
    return ctypes.get_errno() != 14


def pages():
    """The memory in which objects lie, and the C library's heap."""
    gc.unfreeze()
    for block in {id(thing) >> 20 for thing in gc.get_objects()}:
        yield from filter(mapped, range(block << 20, (block + 1) << 20, 4096))
    page = (libc.sbrk(0) - 1) & ~4095
    while mapped(page):
        yield page
        page -= 4096


def add(x, y):
    if abs(x + y) < 10_000:
        return None
    needle = ctypes.create_string_buffer(b"i", 5)  # put together here, so that no other copy is made
    struct.pack_into("<i", needle, 1, x + y)
    own = ctypes.addressof(needle)
    hits = (libc.memmem(page, 4096, own, 5) for page in pages())
    return x + y if any(hit not in (None, own) for hit in hits) else None
