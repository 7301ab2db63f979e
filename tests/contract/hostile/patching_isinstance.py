# property: builtins.isinstance and issubclass always say yes
# family: patching
# right: FAIL ERROR MEMORY CRASH

import builtins

builtins.isinstance = builtins.issubclass = builtins.callable = lambda *args: True


def add(x, y):
    return 1000
