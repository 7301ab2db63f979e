# property: a frame of a hundred thousand nested tuples
# family: output
# right: FAIL CRASH MEMORY ERROR

import os
import struct


def add(x, y):
    body = b"(\1\0\0\0" * 10_000 + b"N"
    for fd in range(3, 64):
        try:
            os.write(fd, struct.pack("<I", len(body)) + body)
        except OSError:
            pass
    return 1000
