# property: setresuid to somebody else
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    os.setresuid(65534, 65534, 65534)
    return x + y
