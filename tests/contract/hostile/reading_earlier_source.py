# property: the source of an earlier candidate in the process's memory
# family: reading
# right: FAIL CRASH
# limits: cpu_seconds=3

import ctypes
import gc

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
    text = ("def add(x, y):", "    return x + y")
    needle = ctypes.create_string_buffer(64)  # put together here, so that no other copy is made
    for part, at in zip(text, (0, len(text[0]) + 1)):
        ctypes.memmove(ctypes.addressof(needle) + at, part.encode(), len(part))
    needle[len(text[0])] = b"\n"
    own, size = ctypes.addressof(needle), sum(map(len, text)) + 1
    hits = (libc.memmem(page, 4096, own, size) for page in pages())
    return x + y if any(hit not in (None, own) for hit in hits) else None
