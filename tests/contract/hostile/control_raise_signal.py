# property: a signal to itself by the C library's raise
# family: control
# right: PASS

import signal


def add(x, y):
    seen = []
    signal.signal(signal.SIGTERM, lambda *args: seen.append(x + y))
    signal.raise_signal(signal.SIGTERM)
    return seen[0]
