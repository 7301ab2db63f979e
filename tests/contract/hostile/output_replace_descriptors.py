# property: puts a file of its own in place of every descriptor
# family: output
# right: CRASH FAIL

import os


def add(x, y):
    own = os.open("own", os.O_CREAT | os.O_RDWR)
    for fd in range(64):
        try:
            os.dup2(own, fd)
        except OSError:
            pass
    return 1000
