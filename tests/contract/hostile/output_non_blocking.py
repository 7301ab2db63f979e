# property: every descriptor set to fail instead of waiting, and a large wrong answer
# family: output
# right: FAIL CRASH ERROR MEMORY

import os


def add(x, y):
    for fd in range(64):
        try:
            os.set_blocking(fd, False)
        except OSError:
            pass
    return "a" * 500_000
