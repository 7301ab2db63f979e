# property: a float equal to the right integer
# family: control
# right: PASS

def add(x, y):
    return float(x + y)
