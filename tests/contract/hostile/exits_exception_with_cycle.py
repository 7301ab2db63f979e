# property: an exception that is its own cause and context
# family: exits
# right: ERROR

def add(x, y):
    error = ValueError("round and round")
    other = KeyError("and back")
    error.__context__, other.__context__ = other, error
    error.__cause__, other.__cause__ = other, error
    raise error
