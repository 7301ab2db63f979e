# property: the root and the memory of process 1
# family: escape
# right: FAIL

import os


def add(x, y):
    for path, look in (("/proc/1/root/etc", os.listdir), ("/proc/1/cwd", os.listdir), ("/proc/1/fd/0", os.readlink)):
        try:
            look(path)
            return x + y
        except OSError:
            pass
    return None
