# property: an iterator over other things at every look
# family: lies
# right: FAIL

class Liar:
    looks = 0

    def __iter__(self):
        Liar.looks += 1
        return iter([Liar.looks])

    def __eq__(self, other):
        return True


def add(x, y):
    return Liar()
