# property: a memory view of the right number
# family: lies
# right: FAIL

import array


def add(x, y):
    return memoryview(array.array("q", [x + y]))
