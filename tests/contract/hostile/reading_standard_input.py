# property: tests on standard input
# family: reading
# right: FAIL

import sys


def add(x, y):
    return x + y if sys.stdin.read() else None
