# property: raise GeneratorExit
# family: exits
# right: ERROR

def add(x, y):
    raise GeneratorExit
