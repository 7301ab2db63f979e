# property: a set subclass that equals everything and contains everything
# family: lies
# right: FAIL

class Liar(set):
    def __eq__(self, other):
        return True

    def __contains__(self, item):
        return True

    def __iter__(self):
        return iter((7, 7, 7))


def add(x, y):
    return Liar([x + y])
