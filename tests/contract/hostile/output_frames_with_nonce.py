# property: answer frames with the nonce found in the callers' frames
# family: output
# right: FAIL CRASH ERROR

import marshal
import os
import struct
import sys


def secrets():
    """Whatever in the callers' frames may be a nonce."""
    found, frame = set(), sys._getframe(1)
    while frame is not None:
        for value in list(frame.f_locals.values()):
            inside = list(value.values()) if type(value) is dict else [value]
            found |= {item for item in inside if type(item) is bytes and 4 <= len(item) <= 32}
        frame = frame.f_back
    return found


def add(x, y):
    for nonce in secrets():
        for kind in ("V", "P", "PASS", "T", "A", ""):
            value = marshal.dumps(1000, 2)
            head = struct.pack("<8s1sdIIIIii", nonce, kind.encode()[:1], 0.0, len(value), 0, 0, 0, 0, 0)
            body = head + value
            for fd in range(3, 64):
                try:
                    os.write(fd, struct.pack("<I", len(body)) + body)
                except OSError:
                    pass
    return 1000
