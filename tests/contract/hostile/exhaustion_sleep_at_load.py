# property: sleep while loading
# family: exhaustion
# right: TIMEOUT
# limits: wall_seconds=0.3 max_kills=1

import time

time.sleep(60)


def add(x, y):
    return x + y
