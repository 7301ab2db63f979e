# property: the standard library, opened for writing
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    open(os.__file__, "r+b").close()
    return x + y
