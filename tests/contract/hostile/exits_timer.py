# property: a timer whose handler ends the process with success
# family: exits
# right: CRASH

import os
import signal


def add(x, y):
    signal.signal(signal.SIGALRM, lambda *args: os._exit(0))
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    while True:
        pass
