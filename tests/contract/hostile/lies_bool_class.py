# property: an object that claims to be the bool True
# family: lies
# right: FAIL

class Liar(int):
    __class__ = bool

    def __bool__(self):
        return True

    def __eq__(self, other):
        return True

    __hash__ = int.__hash__


def add(x, y):
    return Liar(1)
