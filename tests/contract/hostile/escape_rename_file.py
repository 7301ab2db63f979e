# property: a file of the host, moved into the scratch folder
# family: escape
# right: ERROR
# rlimits: FORBIDDEN ERROR

import os


def add(x, y):
    os.rename("/tmp/unriddle-canary/file", "mine")
    return x + y
