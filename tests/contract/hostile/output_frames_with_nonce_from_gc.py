# property: answer frames with the nonce found by the collector
# family: output
# right: FAIL CRASH ERROR

import gc
import marshal
import os
import struct


def add(x, y):
    gc.unfreeze()
    jobs = [thing for thing in gc.get_objects() if type(thing) is dict and "programs" in thing]
    for nonce in {nonce for job in jobs for _, nonce in job["programs"]}:
        for kind in ("V", "P", "PASS"):
            value = marshal.dumps(1000, 2)
            head = struct.pack("<8s1sdIIIIii", nonce, kind.encode()[:1], 0.0, len(value), 0, 0, 0, 0, 0)
            body = head + value
            for fd in range(3, 64):
                try:
                    os.write(fd, struct.pack("<I", len(body)) + body)
                except OSError:
                    pass
    return 1000
