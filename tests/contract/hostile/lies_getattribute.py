# property: an object that has every attribute
# family: lies
# right: FAIL

class Liar:
    def __getattribute__(self, name):
        return lambda *args, **kwargs: 5

    def __eq__(self, other):
        return True


def add(x, y):
    return Liar()
