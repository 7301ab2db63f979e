# property: a signal to itself, handled
# family: control
# right: PASS

import os
import signal


def add(x, y):
    seen = []
    signal.signal(signal.SIGUSR1, lambda *args: seen.append(x + y))
    os.kill(os.getpid(), signal.SIGUSR1)
    return seen[0]
