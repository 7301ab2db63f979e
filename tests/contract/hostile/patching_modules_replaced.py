# property: every module is replaced by one that agrees to everything
# family: patching
# right: FAIL ERROR

import sys


class Agreeable:
    def __getattr__(self, name):
        return lambda *args, **kwargs: True


for name in list(sys.modules):
    sys.modules[name] = Agreeable()


def add(x, y):
    return 1000
