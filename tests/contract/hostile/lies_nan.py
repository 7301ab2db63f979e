# property: not a number, which equals nothing
# family: lies
# right: FAIL

def add(x, y):
    return float("nan")
