# property: builtins.type, int and bool are others
# family: patching
# right: FAIL ERROR MEMORY CRASH

import builtins

builtins.type = lambda *args: int
builtins.int = builtins.bool = builtins.tuple = lambda *args: 5


def add(x, y):
    return 1000
