# property: a buffer that holds the encoding of the right number
# family: lies
# right: FAIL

import array
import marshal


def add(x, y):
    return array.array("B", marshal.dumps(x + y, 2))
