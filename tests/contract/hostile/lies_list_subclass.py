# property: a list subclass that equals everything and iterates over the right number
# family: lies
# right: FAIL

class Liar(list):
    def __init__(self, right):
        super().__init__([0])
        self.right = right

    def __eq__(self, other):
        return True

    def __iter__(self):
        return iter([self.right])

    def __getitem__(self, i):
        return self.right


def add(x, y):
    return Liar(x + y)
