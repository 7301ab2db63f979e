# property: a file of the host, cut to nothing
# family: escape
# right: ERROR
# rlimits: FORBIDDEN

import os


def add(x, y):
    os.truncate("/tmp/unriddle-canary/file", 0)
    return x + y
