# property: a range longer than memory
# family: exhaustion
# right: FAIL

def add(x, y):
    return range(10**30)
