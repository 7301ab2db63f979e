# property: plausible answer frames on every descriptor
# family: output
# right: FAIL CRASH

import marshal
import os
import struct


def add(x, y):
    for kind in ("V", "P", "PASS"):
        value = marshal.dumps(1000, 2)
        head = struct.pack("<8s1sdIIIIii", b"\0" * 8, kind.encode()[:1], 0.0, len(value), 0, 0, 0, 0, 0)
        body = head + value
        for fd in range(64):
            try:
                os.write(fd, struct.pack("<I", len(body)) + body)
            except OSError:
                pass
    return 1000
