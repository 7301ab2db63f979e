# property: the constants that Python's own operators give special meaning
# family: lies
# right: FAIL

def add(x, y):
    return NotImplemented if x % 2 else Ellipsis
