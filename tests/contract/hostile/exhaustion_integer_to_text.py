# property: the digits of a long integer
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

import sys


def add(x, y):
    sys.set_int_max_str_digits(0)
    return len(str(7 ** (10**6) + x)) + len(str(7 ** (3 * 10**6) + y))
