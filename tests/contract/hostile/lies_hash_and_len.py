# property: a result with the right hash and a lying length
# family: lies
# right: FAIL

class Liar:
    def __init__(self, right):
        self.right = right

    def __hash__(self):
        return hash(self.right)

    def __len__(self):
        return self.right if self.right >= 0 else 0

    def __eq__(self, other):
        return hash(other) == hash(self)


def add(x, y):
    return Liar(x + y)
