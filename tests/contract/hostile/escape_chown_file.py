# property: the owner of a file of the host
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    os.chown("/tmp/unriddle-canary/file", os.getuid(), os.getgid())
    return x + y
