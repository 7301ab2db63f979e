# property: SIGKILL to itself
# family: exits
# right: CRASH

import os
import signal


def add(x, y):
    os.kill(os.getpid(), signal.SIGKILL)
