# property: a system call by its x32 number, in machine code
# family: escape
# right: FAIL CRASH FORBIDDEN

import ctypes
import mmap
import os


def add(x, y):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex("b8270000400f05c3"))
    call = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    return x + y if call() == os.getpid() else None
