# property: sleep instead of computing
# family: exhaustion
# right: TIMEOUT
# limits: wall_seconds=0.3 max_kills=1

import time


def add(x, y):
    time.sleep(60)
