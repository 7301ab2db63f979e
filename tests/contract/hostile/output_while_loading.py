# property: frames and verdicts while the program loads
# family: output
# right: FAIL CRASH ERROR

import marshal
import os
import struct
import sys

frame, nonces = sys._getframe(), {b"\0" * 8}
while frame is not None:
    for value in list(frame.f_locals.values()):
        if type(value) is dict and type(value.get("nonce")) is bytes:
            nonces.add(value["nonce"])
        if type(value) is bytes and len(value) == 8:
            nonces.add(value)
    frame = frame.f_back
for nonce in nonces:
    for kind in ("K", "V", "P"):
        value = marshal.dumps(1000, 2)
        head = struct.pack("<8s1sdIIIIii", nonce, kind.encode()[:1], 0.0, len(value), 0, 0, 0, 0, 0)
        body = head + value
        for fd in range(3, 32):
            try:
                os.write(fd, struct.pack("<I", len(body)) + body)
            except OSError:
                pass


def add(x, y):
    return 1000
