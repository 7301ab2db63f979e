# property: builtins.BaseException, Exception and AssertionError are others
# family: patching
# right: ERROR CRASH

import builtins


class Never(BaseException):
    pass


builtins.BaseException = builtins.Exception = builtins.AssertionError = Never


def add(x, y):
    raise SystemExit(0)
