# property: AssertionError can not be raised any more
# family: patching
# right: FAIL

import builtins


class Silent(Warning):
    def __new__(cls, *args):
        return SystemExit(0)


builtins.AssertionError = Silent


def add(x, y):
    return 1000
