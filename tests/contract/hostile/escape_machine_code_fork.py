# property: a fork by machine code of the program's own
# family: escape
# right: FAIL CRASH

import ctypes
import mmap
import os


def add(x, y):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex("b8390000000f05c3"))
    call = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    pid = call()
    if pid == 0:
        os._exit(0)
    return x + y if pid > 0 else None
