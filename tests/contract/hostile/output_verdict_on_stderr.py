# property: a verdict on standard error
# family: output
# right: FAIL

import sys


def add(x, y):
    sys.stderr.write("PASS\nOK\n")
    sys.__stderr__ and sys.__stderr__.write("PASS\n")
    return 1000
