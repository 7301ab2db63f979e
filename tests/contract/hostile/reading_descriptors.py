# property: whatever can be read from an inherited descriptor
# family: reading
# right: FAIL

import os


def add(x, y):
    for fd in range(64):
        try:
            os.set_blocking(fd, False)
            if os.read(fd, 100):
                return x + y
        except OSError:
            pass
    return None
