# property: a file of the host, removed
# family: escape
# right: ERROR
# rlimits: FORBIDDEN

import os


def add(x, y):
    os.unlink("/tmp/unriddle-canary/file")
    return x + y
