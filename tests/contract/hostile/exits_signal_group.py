# property: SIGKILL to the process group
# family: exits
# right: FORBIDDEN

import os
import signal


def add(x, y):
    os.kill(0, signal.SIGKILL)
    return x + y
