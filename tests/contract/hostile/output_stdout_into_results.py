# property: standard output led into the pipe of the answers
# family: output
# right: CRASH FAIL MEMORY

import os
import stat


def add(x, y):
    for fd in range(3, 64):
        try:
            if stat.S_ISFIFO(os.fstat(fd).st_mode):
                os.dup2(fd, 1)
        except OSError:
            pass
    os.write(1, b"PASS PASS PASS PASS")
    return 1000
