# property: questions to a test that only asks
# family: output
# right: FAIL CRASH ERROR

import marshal
import os
import struct


def add(x, y):
    for question in (("?", "find", [("v", "SECRET")]), ("?", "root", [("v", "SECRET")]), ("?", "call", [])):
        body = marshal.dumps(question, 2)
        for fd in range(3, 64):
            try:
                os.write(fd, struct.pack("<I", len(body)) + body)
            except OSError:
                pass
    return 1000
