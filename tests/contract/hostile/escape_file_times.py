# property: the times of a file of the host
# family: escape
# right: ERROR
# rlimits: FORBIDDEN

import os


def add(x, y):
    os.utime("/tmp/unriddle-canary/file", (0, 0))
    return x + y
