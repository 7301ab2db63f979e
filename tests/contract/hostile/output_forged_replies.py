# property: replies to questions nobody has asked
# family: output
# right: FAIL CRASH ERROR

import marshal
import os
import struct


def add(x, y):
    for reply in (("=", ("v", True)), ("=", ("v", 1000)), ("P",), ("!", "StopIteration", "", 0, 0)):
        body = marshal.dumps(reply, 2)
        for fd in range(3, 64):
            try:
                os.write(fd, struct.pack("<I", len(body)) + body)
            except OSError:
                pass
    return 1000
