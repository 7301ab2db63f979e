# property: a class whose name is the encoding of a number
# family: lies
# right: FAIL

import marshal


def add(x, y):
    name = marshal.dumps(x + y, 2).decode("latin-1").replace("\0", "\1") + "\n\r\x1b[2K"
    return type(name, (), {})()
