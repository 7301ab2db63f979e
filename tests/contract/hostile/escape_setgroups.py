# property: setgroups
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    os.setgroups([0])
    return x + y
