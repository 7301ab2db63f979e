# property: an open descriptor that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

import os


def add(x, y):
    try:
        os.fstat(60)
        return x + y
    except OSError:
        os.dup2(os.open("/dev/null", os.O_RDONLY), 60)
        return None
