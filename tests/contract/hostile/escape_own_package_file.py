# property: the executor's source, opened for writing
# family: escape
# right: FAIL

import sys


def add(x, y):
    for module in list(sys.modules.values()):
        path = getattr(module, "__file__", None)
        if path:
            try:
                open(path, "r+b").close()
                return x + y
            except OSError:
                pass
    return None
