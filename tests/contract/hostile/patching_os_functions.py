# property: every function of os and posix agrees
# family: patching
# right: FAIL CRASH ERROR

import os
import posix

for module in (os, posix):
    for name in ("write", "read", "close", "fork", "getpid", "kill", "_exit", "dup2", "fstat"):
        setattr(module, name, lambda *args: 0)


def add(x, y):
    return 1000
