# property: a hard link of a scratch file on the host
# family: escape
# right: ERROR
# rlimits: FORBIDDEN ERROR

import os


def add(x, y):
    open("mine", "w").close()
    os.link("mine", "/tmp/unriddle-canary/link")
    return x + y
