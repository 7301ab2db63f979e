# property: a signal sent by a descriptor to another process (F_SETOWN)
# family: escape
# right: FORBIDDEN

import fcntl
import os


def add(x, y):
    read, _ = os.pipe()
    fcntl.fcntl(read, 8, os.getppid())
    return x + y
