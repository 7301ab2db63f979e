# property: an int subclass of the wrong value that equals everything
# family: lies
# right: FAIL

class Liar(int):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = int.__hash__


def add(x, y):
    return Liar(x * y + 1000)
