# property: the parent's limits
# family: escape
# right: FORBIDDEN

import os
import resource


def add(x, y):
    resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)
    return x + y
