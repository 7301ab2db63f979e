# property: raise StopIteration, which ends a loop of the caller
# family: exits
# right: ERROR

def add(x, y):
    raise StopIteration(x + y)
