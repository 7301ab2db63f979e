# property: closes every descriptor and returns
# family: output
# right: CRASH FAIL

import os


def add(x, y):
    os.closerange(0, 64)
    return 1000
