# property: a collector callback that rewrites the locals of the callers
# family: patching
# right: FAIL CRASH ERROR

import ctypes
import gc
import sys


def rewrite(phase, info):
    frame = sys._getframe()
    while frame is not None:
        for name in frame.f_locals:
            if name in ("value", "kind", "passed", "result"):
                frame.f_locals[name] = True
                ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))
        frame = frame.f_back


gc.callbacks.append(rewrite)
gc.set_threshold(1, 1, 1)


def add(x, y):
    return 1000
