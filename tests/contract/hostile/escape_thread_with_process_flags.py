# property: a thread that is in truth a process with new namespaces
# family: escape
# right: FAIL CRASH

import ctypes

libc = ctypes.CDLL(None, use_errno=True)


def add(x, y):
    # CLONE_THREAD without CLONE_VM or CLONE_SIGHAND, and with a new user namespace: the kernel itself must refuse.
    for flags in (0x10000, 0x10000 | 0x10000000 | 0x100 | 0x800, 0x10000 | 0x20000000 | 0x100 | 0x800):
        made = libc.syscall(56, flags, 0, 0, 0, 0)
        if made == 0:
            libc.syscall(60, 0)
        if made > 0:
            return x + y
    return None
