# property: answers in advance for all later tests
# family: output
# right: FAIL CRASH ERROR

import marshal
import os
import struct
import sys


def add(x, y):
    nonces, frame = set(), sys._getframe(1)
    while frame is not None:
        for value in list(frame.f_locals.values()):
            if type(value) is dict and type(value.get("nonce")) is bytes:
                nonces.add(value["nonce"])
            if type(value) is bytes and len(value) == 8:
                nonces.add(value)
        frame = frame.f_back
    for nonce in nonces:
        value = marshal.dumps(1000, 2)
        head = struct.pack("<8s1sdIIIIii", nonce, b"V", 0.0, len(value), 0, 0, 0, 0, 0)
        body = head + value
        for fd in range(3, 32):
            for _ in range(200):
                try:
                    os.write(fd, struct.pack("<I", len(body)) + body)
                except OSError:
                    break
    return 1000
