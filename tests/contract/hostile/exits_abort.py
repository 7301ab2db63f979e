# property: os.abort()
# family: exits
# right: CRASH

import os


def add(x, y):
    os.abort()
