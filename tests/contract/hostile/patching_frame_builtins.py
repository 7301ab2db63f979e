# property: the builtins that the calling frames see are replaced
# family: patching
# right: FAIL CRASH ERROR MEMORY TIMEOUT

import sys


def add(x, y):
    frame = sys._getframe(1)
    while frame is not None:
        for name in ("len", "isinstance", "type", "zip", "BaseException", "ValueError"):
            frame.f_builtins[name] = lambda *args, **kwargs: True
        frame = frame.f_back
    return 1000
