# property: os.fork()
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    if os.fork() == 0:
        os._exit(0)
    return x + y
