# property: SIGSYS to itself, which looks like a refused system call
# family: exits
# right: CRASH FORBIDDEN

import os
import signal


def add(x, y):
    os.kill(os.getpid(), signal.SIGSYS)
