# property: an exception whose class has a name of megabytes
# family: exhaustion
# right: ERROR

def add(x, y):
    raise type("A" * 5_000_000, (ValueError,), {})("wrong")
