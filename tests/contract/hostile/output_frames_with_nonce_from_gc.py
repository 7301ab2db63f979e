# property: answer frames with the nonce found by the collector
# family: output
# right: FAIL CRASH ERROR

import gc
import marshal
import os
import struct


def add(x, y):
    gc.unfreeze()
    jobs = [thing for thing in gc.get_objects() if type(thing) is dict and "nonce" in thing]
    for nonce in {job["nonce"] for job in jobs if type(job["nonce"]) is bytes}:
        for kind in ("V", "P", "PASS"):
            body = marshal.dumps((nonce, kind, 0.0, marshal.dumps(1000, 2), "", "", "", 0, 0), 2)
            for fd in range(3, 64):
                try:
                    os.write(fd, struct.pack("<I", len(body)) + body)
                except OSError:
                    pass
    return 1000
