# property: struct packs the same bytes always
# family: patching
# right: FAIL CRASH ERROR

import struct
import sys

struct.pack = lambda *args: b"\4\0\0\0"
sys.modules["struct"] = sys.modules["_struct"] = struct


def add(x, y):
    return 1000
