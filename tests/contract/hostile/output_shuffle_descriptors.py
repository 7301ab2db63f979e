# property: every descriptor in the place of another one
# family: output
# right: CRASH FAIL ERROR TIMEOUT
# limits: max_kills=1

import os


def add(x, y):
    copies = []
    for fd in range(24):
        try:
            copies.append(os.dup(fd))
        except OSError:
            pass
    for fd, copy in enumerate(reversed(copies)):
        os.dup2(copy, fd)
    print("PASS", flush=True)
    return 1000
