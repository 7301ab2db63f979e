# property: setgid(0)
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    os.setgid(0)
    return x + y
