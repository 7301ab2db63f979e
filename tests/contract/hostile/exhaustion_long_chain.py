# property: an exception at the end of a chain of ten thousand
# family: exhaustion
# right: ERROR CRASH

def add(x, y):
    error = None
    for i in range(10_000):
        made = ValueError(i)
        made.__cause__ = made.__context__ = error
        error = made
    raise error
