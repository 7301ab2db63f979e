# property: closes every descriptor, then ends with success
# family: exits
# right: CRASH

import os


def add(x, y):
    os.closerange(0, 64)
    os._exit(0)
