# property: the arguments' own int objects, rewritten in memory
# family: lies
# right: FAIL CRASH

import ctypes


def add(x, y):
    # In a process that also holds the expected value, both would now be the same wrong number.
    right, wrong = x + y, x * y + 1000
    ctypes.memmove(id(right) + 16, id(wrong) + 16, 12)
    return wrong
