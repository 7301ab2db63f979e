# property: as many descriptors as there may be
# family: exhaustion
# right: ERROR

import os


def add(x, y):
    kept = [os.open("/dev/null", os.O_RDONLY) for _ in range(5000)]
    return x + y if len(kept) == 5000 else None
