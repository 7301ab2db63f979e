# property: a device node of the first disk
# family: escape
# right: FORBIDDEN

import os
import stat


def add(x, y):
    os.mknod("disk", stat.S_IFBLK | 0o600, os.makedev(8, 0))
    return x + y
