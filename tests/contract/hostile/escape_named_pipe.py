# property: a named pipe outside the scratch folder
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    os.mkfifo("/tmp/unriddle-canary/pipe")
    return x + y
