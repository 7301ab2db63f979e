# property: an endless stream on descriptors 1 and 2
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 wall_seconds=1 max_kills=1

import os


def add(x, y):
    while True:
        os.write(1, bytes(65536))
        os.write(2, bytes(65536))
