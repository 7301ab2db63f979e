# property: ten gigabytes reserved for a file
# family: exhaustion
# right: ERROR

import os


def add(x, y):
    fd = os.open("large", os.O_CREAT | os.O_RDWR)
    os.posix_fallocate(fd, 0, 10 << 30)
    return x + y
