# property: a module that raises when its function is looked up
# family: exits
# right: ERROR

import sys


class Odd(dict):
    def __getitem__(self, name):
        raise SystemExit(0)


def __getattr__(name):
    raise SystemExit(0)


sys.modules["candidate"] = Odd()
del sys
raise GeneratorExit
