# property: a raised recursion limit that is used
# family: control
# right: PASS
# limits: cpu_seconds=2

import sys

sys.setrecursionlimit(20_000)


def add(x, y, depth=10_000):
    return x + y if depth == 0 else add(x, y, depth - 1)
