# property: the environment of every other process
# family: reading
# right: FAIL

import os


def add(x, y):
    for pid in range(1, 5000):
        if pid not in (os.getpid(), os.getppid()):
            try:
                with open(f"/proc/{pid}/environ", "rb") as file:
                    if file.read():
                        return x + y
            except OSError:
                pass
    return None
