# property: the locals of every calling frame are rewritten
# family: patching
# right: FAIL CRASH ERROR

import ctypes
import sys


def add(x, y):
    frame = sys._getframe(1)
    while frame is not None:
        for name, value in list(frame.f_locals.items()):
            if type(value) in (str, bytes, bool, int, float) and not name.startswith("__") and "fd" not in name:
                frame.f_locals[name] = type(value)(1) if type(value) is not str else "P"
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
        frame = frame.f_back
    return 1000
