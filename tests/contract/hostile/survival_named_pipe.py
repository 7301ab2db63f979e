# property: a named pipe that blocks whoever opens it
# family: survival
# right: FORBIDDEN FAIL

import os


def add(x, y):
    os.mkfifo(f"pipe{abs(x)}")
    return None
