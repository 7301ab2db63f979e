# property: sys.exit(0) in the call
# family: exits
# right: ERROR

import sys


def add(x, y):
    sys.exit(0)
