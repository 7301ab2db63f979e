# property: the parent's memory, opened for writing
# family: escape
# right: FAIL

import os


def add(x, y):
    try:
        open(f"/proc/{os.getppid()}/mem", "r+b").close()
    except OSError:
        return None
    return x + y
