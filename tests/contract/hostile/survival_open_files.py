# property: files kept open and removed
# family: survival
# right: FAIL

import os

kept = []


def add(x, y):
    for i in range(10):
        if len(kept) < 10:
            kept.append(open(f"file-{i}", "w+"))
            kept[-1].write("x" * 10_000)
            os.unlink(f"file-{i}")
    return None
