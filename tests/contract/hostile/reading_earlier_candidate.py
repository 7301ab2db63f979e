# property: what an earlier candidate left in the interpreter
# family: reading
# right: FAIL

import builtins
import sys


def add(x, y):
    return x + y if hasattr(sys, "remembered") or hasattr(builtins, "remembered") else None
