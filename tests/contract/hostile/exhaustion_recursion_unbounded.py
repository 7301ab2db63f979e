# property: endless recursion with the limit taken away
# family: exhaustion
# right: CRASH ERROR MEMORY TIMEOUT
# limits: max_kills=1

import sys


def add(x, y):
    sys.setrecursionlimit(10**9)

    def deeper():
        return max([0], key=lambda item: deeper())

    return deeper()
