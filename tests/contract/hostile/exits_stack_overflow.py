# property: a stack overflow in C recursion
# family: exits
# right: CRASH ERROR MEMORY TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

import sys


def add(x, y):
    sys.setrecursionlimit(10**9)
    nested = []
    for _ in range(60_000):
        nested = [nested]
    return repr(nested)
