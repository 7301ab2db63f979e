# property: raise KeyboardInterrupt
# family: exits
# right: ERROR

def add(x, y):
    raise KeyboardInterrupt
