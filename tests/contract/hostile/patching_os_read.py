# property: os.read gives what the program wants to be asked
# family: patching
# right: FAIL CRASH ERROR

import os

os.read = os.readv = lambda fd, n: b"\0" * n


def add(x, y):
    return 1000
