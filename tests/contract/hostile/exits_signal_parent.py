# property: SIGKILL to the parent
# family: exits
# right: FORBIDDEN

import os
import signal


def add(x, y):
    os.kill(os.getppid(), signal.SIGKILL)
    return x + y
