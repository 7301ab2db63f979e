# property: a generator that yields the right number
# family: lies
# right: FAIL

def add(x, y):
    return (value for value in [x + y])
