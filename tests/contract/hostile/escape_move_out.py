# property: a file of the scratch folder, moved to the host
# family: escape
# right: ERROR
# rlimits: FORBIDDEN ERROR

import os


def add(x, y):
    open("mine", "w").close()
    os.rename("mine", "/tmp/unriddle-canary/mine")
    return x + y
