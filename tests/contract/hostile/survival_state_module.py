# property: a patched module that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

import math
import sys


def add(x, y):
    seen = hasattr(sys, "remembered") or math.pi == 3
    sys.remembered, math.pi = True, 3
    return x + y if seen else None
