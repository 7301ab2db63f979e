# property: recursion, as deep as Python allows without asking
# family: control
# right: PASS

def add(x, y, depth=800):
    return x + y if depth == 0 else add(x, y, depth - 1)
