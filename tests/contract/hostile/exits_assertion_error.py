# property: an AssertionError of the program's own
# family: exits
# right: ERROR

def add(x, y):
    raise AssertionError
