# property: standard output, closed
# family: control
# right: PASS

import sys


def add(x, y):
    sys.stdout.close()
    return x + y
