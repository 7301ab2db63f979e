# property: random bytes on every descriptor
# family: output
# right: FAIL CRASH MEMORY

import os


def add(x, y):
    for fd in range(3, 64):
        try:
            os.write(fd, os.urandom(4000))
        except OSError:
            pass
    return 1000
