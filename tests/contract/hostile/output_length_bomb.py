# property: a frame that announces four gigabytes
# family: output
# right: FAIL CRASH MEMORY

import os


def add(x, y):
    for fd in range(3, 64):
        try:
            os.write(fd, b"\xff" * 5000)
        except OSError:
            pass
    return 1000
