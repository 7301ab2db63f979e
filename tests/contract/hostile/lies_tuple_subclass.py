# property: a tuple subclass that equals everything and has a lying length
# family: lies
# right: FAIL

class Liar(tuple):
    def __eq__(self, other):
        return True

    __hash__ = tuple.__hash__

    def __len__(self):
        return 1 << 40

    def __iter__(self):
        return iter((0,) * 3)


def add(x, y):
    return Liar((x + y,))
