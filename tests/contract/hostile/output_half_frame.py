# property: half a frame, so that the next one is read as its rest
# family: output
# right: FAIL CRASH
# limits: wall_seconds=0.5

import os
import struct


def add(x, y):
    for fd in range(3, 64):
        try:
            os.write(fd, struct.pack("<I", 200) + b"(\x09\0\0\0s\x08\0\0\0")
        except OSError:
            pass
    return 1000
