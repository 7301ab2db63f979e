# property: its own processor affinity
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    os.sched_setaffinity(0, os.sched_getaffinity(0))
    return x + y
