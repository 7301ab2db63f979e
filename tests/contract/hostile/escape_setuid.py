# property: setuid(0)
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    os.setuid(0)
    return x + y
