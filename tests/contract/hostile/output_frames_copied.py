# property: whatever the harness writes is written again in changed form
# family: output
# right: FAIL CRASH ERROR

import os
import sys


def add(x, y):
    frame = sys._getframe(1)
    real = os.write

    def twice(fd, data):
        real(fd, bytes(data).replace(b"E", b"V").replace(b"L", b"P"))
        return real(fd, data)

    while frame is not None:
        for scope in (frame.f_globals, frame.f_builtins):
            for name, value in list(scope.items()):
                if value is real:
                    scope[name] = twice
        frame = frame.f_back
    os.write = twice
    return 1000
