# property: posix_spawn
# family: escape
# right: FORBIDDEN ERROR

import os


def add(x, y):
    os.posix_spawn("/bin/sh", ["sh", "-c", "exit 0"], {})
    return x + y
