# property: megabytes of printed text on both descriptors
# family: control
# right: PASS
# limits: cpu_seconds=2

import os
import sys


def add(x, y):
    for _ in range(20):
        print("y" * 100_000)
        os.write(1, b"z" * 65536)
        os.write(2, b"e" * 65536)
        sys.stderr.write("e" * 65536)
    return x + y
