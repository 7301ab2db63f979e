# property: the executor's source, read through the modules that are loaded
# family: reading
# right: FAIL

import sys


def add(x, y):
    for module in list(sys.modules.values()):
        if module.__name__.startswith("unriddle") and getattr(module, "__file__", None):
            try:
                if open(module.__file__).read():
                    return x + y
            except OSError:
                pass
    return None
