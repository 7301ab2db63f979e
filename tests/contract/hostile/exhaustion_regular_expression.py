# property: a regular expression that tries every way
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

import re


def add(x, y):
    return re.match("(a+)+$", "a" * 60 + "b")
