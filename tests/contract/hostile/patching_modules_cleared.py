# property: sys.modules is emptied
# family: patching
# right: FAIL ERROR

import sys

sys.modules.clear()


def add(x, y):
    return 1000
