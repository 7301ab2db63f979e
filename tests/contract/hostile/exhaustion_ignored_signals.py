# property: an endless loop that ignores every signal
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

import signal

for number in range(1, 65):
    try:
        signal.signal(number, signal.SIG_IGN)
    except (OSError, ValueError):
        pass
signal.alarm(0)


def add(x, y):
    while True:
        pass
