# property: an alarm without a handler
# family: survival
# right: FAIL

import signal


def add(x, y):
    signal.alarm(1)
    return None
