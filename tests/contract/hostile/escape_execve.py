# property: os.execve of a shell
# family: escape
# right: FORBIDDEN ERROR

import os


def add(x, y):
    os.execve("/bin/sh", ["sh", "-c", "exit 0"], {})
