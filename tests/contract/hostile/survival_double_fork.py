# property: a grandchild that outlives its parents
# family: survival
# right: FORBIDDEN

import os
import time


def add(x, y):
    if os.fork() == 0:
        if os.fork() == 0:
            time.sleep(30)
        os._exit(0)
    return x + y
