# property: an exception whose class lies about its name
# family: exits
# right: ERROR CRASH

class Meta(type):
    @property
    def __name__(cls):
        return ["PASS"]

    @property
    def __mro__(cls):
        return ()


class Odd(Exception, metaclass=Meta):
    pass


def add(x, y):
    raise Odd
