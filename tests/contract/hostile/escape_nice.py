# property: its own priority, also raised
# family: escape
# right: FORBIDDEN ERROR

import os


def add(x, y):
    os.setpriority(os.PRIO_PROCESS, 0, -5)
    return x + y
