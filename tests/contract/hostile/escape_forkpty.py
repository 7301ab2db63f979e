# property: a process on a terminal of its own
# family: escape
# right: FORBIDDEN ERROR

import pty


def add(x, y):
    pid, _ = pty.fork()
    return x + y if pid else None
