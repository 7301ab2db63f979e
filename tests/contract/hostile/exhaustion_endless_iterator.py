# property: an iterator without end
# family: exhaustion
# right: FAIL

import itertools


def add(x, y):
    return itertools.count(x + y)
