# property: a result that is the right number only when made a float
# family: lies
# right: FAIL

class Liar:
    def __init__(self, right):
        self.right = right

    def __float__(self):
        return float(self.right)

    def __complex__(self):
        return complex(self.right)


def add(x, y):
    return Liar(x + y)
