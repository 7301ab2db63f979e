# property: a short sleep
# family: control
# right: PASS

import time


def add(x, y):
    time.sleep(0.01)
    return x + y
