# property: the right number as text
# family: lies
# right: FAIL

def add(x, y):
    return str(x + y)
