# property: the bytes that encode the right number
# family: lies
# right: FAIL

import marshal


def add(x, y):
    return marshal.dumps(x + y, 2)
