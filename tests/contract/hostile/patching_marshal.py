# property: marshal writes other bytes
# family: patching
# right: FAIL CRASH ERROR

import marshal

marshal.dumps = lambda *args: b"T"
marshal.loads = lambda *args: True


def add(x, y):
    return 1000
