# property: an exception of a new kind directly below BaseException
# family: exits
# right: ERROR

class Odd(BaseException):
    def __str__(self):
        return "passed"


def add(x, y):
    raise Odd
