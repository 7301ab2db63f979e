# property: SIGSTOP to itself
# family: exits
# right: TIMEOUT
# limits: wall_seconds=0.3 max_kills=1

import os
import signal


def add(x, y):
    os.kill(os.getpid(), signal.SIGSTOP)
    return None
