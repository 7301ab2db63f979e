# property: answers that ask for more time
# family: exhaustion
# right: TIMEOUT CRASH FAIL
# limits: cpu_seconds=0.1 max_kills=1

import marshal
import os
import struct
import sys


def add(x, y):
    frame, nonces = sys._getframe(1), set()
    while frame is not None:
        for value in list(frame.f_locals.values()):
            if type(value) is dict and type(value.get("nonce")) is bytes:
                nonces.add(value["nonce"])
        frame = frame.f_back
    body = marshal.dumps((min(nonces, default=b""), "K", 0.0, b"N", "", "", "", 0, 0), 2)
    while True:
        for fd in range(3, 10):
            try:
                os.write(fd, struct.pack("<I", len(body)) + body)
            except OSError:
                pass
        sum(range(20_000))
