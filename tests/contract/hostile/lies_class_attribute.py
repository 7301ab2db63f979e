# property: a result whose __class__ says int
# family: lies
# right: FAIL

class Liar:
    __class__ = int

    def __eq__(self, other):
        return True


def add(x, y):
    return Liar()
