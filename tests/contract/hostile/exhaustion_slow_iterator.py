# property: an iterator that never gives its second item
# family: exhaustion
# right: TIMEOUT
# limits: wall_seconds=0.3 max_kills=1

import time


def add(x, y):
    def slow():
        yield x + y
        time.sleep(60)

    return slow()
