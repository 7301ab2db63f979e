# property: characters pushed into a terminal (TIOCSTI)
# family: escape
# right: FAIL

import fcntl


def add(x, y):
    for fd in range(64):
        try:
            fcntl.ioctl(fd, 0x5412, b" ")
            return x + y
        except OSError as error:
            if error.errno != 1:
                return x + y
    return None
