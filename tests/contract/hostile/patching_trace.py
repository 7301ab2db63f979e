# property: a trace function that changes the locals of whoever called
# family: patching
# right: FAIL CRASH ERROR

import ctypes
import sys


def trace(frame, event, arg):
    for name in ("value", "kind", "result", "frame", "expected", "passed"):
        if name in frame.f_locals:
            frame.f_locals[name] = "P"
            ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
    return trace


def add(x, y):
    frame = sys._getframe()
    while frame is not None:
        frame.f_trace = trace
        frame = frame.f_back
    sys.settrace(trace)
    return 1000
