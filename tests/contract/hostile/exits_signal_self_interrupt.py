# property: SIGINT to itself
# family: exits
# right: ERROR CRASH

import os
import signal
import time


def add(x, y):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.1)
