# property: a timer left behind
# family: survival
# right: FAIL CRASH

import signal


def add(x, y):
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, 0.005)
    return None
