# property: a partial function
# family: control
# right: PASS

import functools


def three(z, x, y):
    return x + y + z


add = functools.partial(three, 0)
