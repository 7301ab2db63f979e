# property: an exception whose text needs itself
# family: exhaustion
# right: ERROR

class Odd(Exception):
    def __str__(self):
        return str(self)


def add(x, y):
    raise Odd
