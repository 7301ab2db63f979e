# property: a storm of fifty forks
# family: exhaustion
# right: FORBIDDEN

import os
import time


def add(x, y):
    for _ in range(50):
        if os.fork() == 0:
            time.sleep(5)
            os._exit(0)
    return x + y
