# property: the comparison of the int type itself is replaced in memory
# family: patching
# right: FAIL CRASH ERROR MEMORY TIMEOUT
# limits: max_kills=1

import ctypes

COMPARE = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.py_object, ctypes.py_object, ctypes.c_int)
agree = COMPARE(lambda left, right, operator: True)
richcompare = 200  # offset of tp_richcompare in PyTypeObject


def add(x, y):
    slot = ctypes.c_void_p.from_address(id(int) + richcompare)
    slot.value = ctypes.cast(agree, ctypes.c_void_p).value
    return 1000
