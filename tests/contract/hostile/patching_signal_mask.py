# property: every signal is blocked while the program computes
# family: patching
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

import signal


def add(x, y):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        pass
