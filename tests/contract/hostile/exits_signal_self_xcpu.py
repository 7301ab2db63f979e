# property: SIGXCPU to itself, which looks like a time limit
# family: exits
# right: CRASH

import os
import signal


def add(x, y):
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    os.kill(os.getpid(), signal.SIGXCPU)
