# property: os._exit(0) in the call
# family: exits
# right: CRASH

import os


def add(x, y):
    os._exit(0)
