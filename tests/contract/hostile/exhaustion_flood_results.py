# property: an endless stream in the pipe of the answers
# family: exhaustion
# right: MEMORY CRASH TIMEOUT FAIL
# limits: value_bytes=1000000 cpu_seconds=1 wall_seconds=2 max_kills=1

import os


def add(x, y):
    for fd in range(3, 64):
        try:
            os.set_blocking(fd, False)
        except OSError:
            pass
    for _ in range(20_000):
        for fd in range(3, 16):
            try:
                os.write(fd, b"\xff" * 65536)
            except OSError:
                pass
    return None
