# property: a program that takes its own function away
# family: exits
# right: ERROR

def add(x, y):
    return x - y


del add
