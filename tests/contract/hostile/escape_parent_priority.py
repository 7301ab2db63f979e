# property: the parent's priority
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    os.setpriority(os.PRIO_PROCESS, os.getppid(), 19)
    return x + y
