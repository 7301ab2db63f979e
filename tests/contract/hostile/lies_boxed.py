# property: the right number in a list, in a tuple, in a set
# family: lies
# right: FAIL

def add(x, y):
    return [[x + y], (x + y,), {x + y}][abs(x) % 3]
