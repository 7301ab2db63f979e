# property: an exception with a message of megabytes
# family: exhaustion
# right: ERROR

def add(x, y):
    raise ValueError("a" * 20_000_000)
