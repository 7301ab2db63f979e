# property: handlers for every signal, left behind
# family: survival
# right: FAIL

import os
import signal

for number in range(1, 65):
    try:
        signal.signal(number, lambda *args: os._exit(0))
    except (OSError, ValueError):
        pass


def add(x, y):
    return None
