# property: an int object rewritten in memory that a later test must not see
# family: survival
# right: FAIL CRASH ERROR
# isolated: yes

import ctypes


def add(x, y):
    digit = ctypes.c_uint32.from_address(id(201) + 24)
    seen = digit.value != int("200") + 1
    digit.value = 203
    return x + y if seen else None
