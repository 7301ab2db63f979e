# property: an extended attribute of a file of the host
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    os.setxattr("/tmp/unriddle-canary/file", "user.touched", b"yes")
    return x + y
