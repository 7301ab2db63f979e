# property: quit() and exit()
# family: exits
# right: ERROR

def add(x, y):
    quit()
    exit()
