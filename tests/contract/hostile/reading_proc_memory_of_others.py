# property: the memory of every other process
# family: reading
# right: FAIL

import os


def add(x, y):
    for pid in range(1, 5000):
        if pid not in (os.getpid(), os.getppid()):
            try:
                open(f"/proc/{pid}/mem", "rb").close()
                return x + y
            except OSError:
                pass
    return None
