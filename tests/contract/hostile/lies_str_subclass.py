# property: a str subclass that equals everything and prints as the right number
# family: lies
# right: FAIL

class Liar(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__
    __str__ = __repr__ = lambda self: "5"


def add(x, y):
    return Liar("none")
