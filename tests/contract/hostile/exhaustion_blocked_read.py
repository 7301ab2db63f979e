# property: a read from a pipe into which nobody writes
# family: exhaustion
# right: TIMEOUT
# limits: wall_seconds=0.3 max_kills=1

import os


def add(x, y):
    read, _ = os.pipe()
    os.read(read, 1)
