# property: a result that would unpickle as the right number
# family: lies
# right: FAIL

class Liar:
    def __init__(self, right):
        self.right = right

    def __reduce__(self):
        return int, (self.right,)

    def __reduce_ex__(self, protocol):
        return int, (self.right,)


def add(x, y):
    return Liar(x + y)
