# property: builtins.print, open, exec, eval and compile do nothing
# family: patching
# right: FAIL

import builtins

builtins.print = builtins.open = builtins.exec = builtins.eval = builtins.compile = lambda *args, **kwargs: None


def add(x, y):
    return 1000
