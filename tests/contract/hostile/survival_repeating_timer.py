# property: a timer whose handler raises again and again
# family: survival
# right: FAIL CRASH ERROR

import signal


def again(*args):
    raise KeyboardInterrupt


def add(x, y):
    signal.signal(signal.SIGALRM, again)
    signal.setitimer(signal.ITIMER_REAL, 0.0005, 0.0005)
    return None
