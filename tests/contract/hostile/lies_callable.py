# property: a function that would give the right number
# family: lies
# right: FAIL

def add(x, y):
    return lambda: x + y
