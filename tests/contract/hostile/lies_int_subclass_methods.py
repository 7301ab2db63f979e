# property: an int subclass of the wrong value whose methods speak of the right one
# family: lies
# right: FAIL

class Liar(int):
    def __new__(cls, right):
        made = int.__new__(cls, 1000)
        made.right = right
        return made

    __int__ = __index__ = __pos__ = __trunc__ = __round__ = conjugate = lambda self, *rest: self.right
    real = numerator = property(lambda self: self.right)
    __reduce__ = lambda self: (int, (self.right,))
    __repr__ = __str__ = lambda self: repr(self.right)


def add(x, y):
    return Liar(x + y)
