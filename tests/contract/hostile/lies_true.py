# property: True instead of the number
# family: lies
# right: FAIL

def add(x, y):
    return True
