# property: os.system
# family: escape
# right: FAIL

import os


def add(x, y):
    return x + y if os.system("true") == 0 else None
