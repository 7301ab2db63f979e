# property: the mode of a file of the host
# family: escape
# right: ERROR
# rlimits: FORBIDDEN

import os


def add(x, y):
    os.chmod("/tmp/unriddle-canary/file", 0o4777)
    return x + y
