# property: a recursion limit that leaves the caller no room
# family: patching
# right: FAIL ERROR CRASH

import sys


def add(x, y):
    for limit in range(1, 100):
        try:
            sys.setrecursionlimit(limit)
            break
        except RecursionError:
            pass
    return [[[[1000]]]]
