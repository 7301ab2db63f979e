# property: sys.exit(0) while loading
# family: exits
# right: ERROR

import sys

sys.exit(0)


def add(x, y):
    return x - y
