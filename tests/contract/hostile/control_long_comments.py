# property: a header that looks like the header of a test
# family: control
# right: PASS

# property: none
# right: FAIL
"""right: FAIL"""


def add(x, y):
    return x + y
