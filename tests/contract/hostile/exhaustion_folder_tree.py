# property: a tree of folders deeper than a path may be long
# family: exhaustion
# right: FAIL ERROR
# limits: cpu_seconds=2

import os


def add(x, y):
    for _ in range(25):
        os.mkdir("d" * 200)
        os.chdir("d" * 200)
    return None
