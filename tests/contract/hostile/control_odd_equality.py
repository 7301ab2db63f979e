# property: a class with an odd equality that is not returned
# family: control
# right: PASS

class Always:
    def __eq__(self, other):
        return True


def add(x, y):
    return x + y if Always() == x else None
