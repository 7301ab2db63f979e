# property: a result whose __class__ says another type every time it is read
# family: lies
# right: FAIL

class Liar:
    kinds = [int, bool, float, object]

    @property
    def __class__(self):
        self.kinds.append(self.kinds.pop(0))
        return self.kinds[0]

    def __eq__(self, other):
        return True


def add(x, y):
    return Liar()
