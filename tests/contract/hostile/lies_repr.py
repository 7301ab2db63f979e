# property: a result that only prints as the right number
# family: lies
# right: FAIL

class Liar:
    def __init__(self, right):
        self.right = right

    def __repr__(self):
        return repr(self.right)

    def __str__(self):
        return str(self.right)

    def __format__(self, spec):
        return format(self.right, spec)


def add(x, y):
    return Liar(x + y)
