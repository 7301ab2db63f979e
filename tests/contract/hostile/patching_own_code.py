# property: a function that replaces its own code
# family: patching
# right: FAIL

def other(x, y):
    return 1000


def add(x, y):
    add.__code__ = other.__code__
    add.__defaults__ = (5, 5)
    return add(x, y)
