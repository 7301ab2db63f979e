# property: timers on processor time
# family: survival
# right: FAIL CRASH

import signal


def add(x, y):
    signal.setitimer(signal.ITIMER_PROF, 0.0001, 0.0001)
    signal.setitimer(signal.ITIMER_VIRTUAL, 0.0001, 0.0001)
    return None
