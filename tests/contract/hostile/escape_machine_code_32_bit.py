# property: a 32-bit system call by int 0x80
# family: escape
# right: FORBIDDEN CRASH FAIL

import ctypes
import mmap
import os


def add(x, y):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(bytes.fromhex("b814000000cd80c3"))
    call = ctypes.CFUNCTYPE(ctypes.c_long)(ctypes.addressof(ctypes.c_char.from_buffer(page)))
    return x + y if call() == os.getpid() else None
