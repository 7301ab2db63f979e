# property: inherited files, read from their beginning
# family: reading
# right: FAIL

import os


def add(x, y):
    for fd in range(64):
        for at in (0, 100):
            try:
                if os.pread(fd, 100, at).strip(b"\0"):
                    return x + y
            except OSError:
                pass
    return None
