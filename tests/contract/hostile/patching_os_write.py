# property: os.write swallows what the harness says
# family: patching
# right: FAIL CRASH
# limits: wall_seconds=0.5

import os

os.write = os.writev = lambda fd, data: len(data)


def add(x, y):
    return 1000
