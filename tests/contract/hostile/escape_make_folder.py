# property: a new folder outside the scratch folder
# family: escape
# right: FORBIDDEN ERROR

import os


def add(x, y):
    os.mkdir("/unriddle-probe")
    os.rmdir("/unriddle-probe")
    return x + y
