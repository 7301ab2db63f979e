# property: endless recursion
# family: exhaustion
# right: ERROR

def add(x, y):
    return add(x, y)
