# property: plausible answer frames on every descriptor
# family: output
# right: FAIL CRASH

import marshal
import os
import struct


def add(x, y):
    for kind in ("V", "P", "PASS"):
        body = marshal.dumps((b"\0" * 8, kind, 0.0, marshal.dumps(1000, 2), "", "", "", 0, 0), 2)
        for fd in range(64):
            try:
                os.write(fd, struct.pack("<I", len(body)) + body)
            except OSError:
                pass
    return 1000
