# property: closed, detached and deleted streams
# family: output
# right: FAIL ERROR

import sys


def add(x, y):
    sys.stdout.detach()
    sys.stderr.close()
    sys.stdin.close()
    del sys.stdout, sys.stderr
    return 1000
