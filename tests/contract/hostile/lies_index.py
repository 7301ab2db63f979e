# property: a result that is the right number only when used as an index
# family: lies
# right: FAIL

class Liar:
    def __init__(self, right):
        self.right = right

    def __index__(self):
        return self.right


def add(x, y):
    return Liar(x + y)
