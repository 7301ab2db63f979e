# property: an alarm of its own, put back in the end
# family: control
# right: PASS

import signal


def add(x, y):
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.alarm(5)
    try:
        return x + y
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
