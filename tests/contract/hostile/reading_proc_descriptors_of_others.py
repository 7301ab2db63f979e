# property: the open files of every other process
# family: reading
# right: FAIL

import os


def add(x, y):
    for pid in range(1, 5000):
        if pid not in (os.getpid(), os.getppid()):
            try:
                for fd in os.listdir(f"/proc/{pid}/fd"):
                    os.close(os.open(f"/proc/{pid}/fd/{fd}", os.O_RDONLY | os.O_NONBLOCK))
                    return x + y
            except OSError:
                pass
    return None
