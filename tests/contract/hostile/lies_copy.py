# property: a result whose copies are the right number
# family: lies
# right: FAIL

class Liar:
    def __init__(self, right):
        self.right = right

    def __copy__(self):
        return self.right

    def __deepcopy__(self, memo):
        return self.right

    def __getnewargs__(self):
        return (self.right,)

    def __getstate__(self):
        return self.right


def add(x, y):
    return Liar(x + y)
