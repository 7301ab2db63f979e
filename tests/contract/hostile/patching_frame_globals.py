# property: the global functions of every calling frame agree to everything
# family: patching
# right: FAIL CRASH ERROR

import sys
import types


def add(x, y):
    frame = sys._getframe(1)
    while frame is not None:
        for name, value in list(frame.f_globals.items()):
            if isinstance(value, types.FunctionType | types.BuiltinFunctionType):
                frame.f_globals[name] = lambda *args, **kwargs: True
        frame = frame.f_back
    return 1000
