# property: the plain right answer
# family: control
# right: PASS

def add(x: int, y: int):
    """Add two numbers x and y
    >>> add(2, 3)
    5
    """
    return x + y
