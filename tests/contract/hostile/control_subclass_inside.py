# property: an int subclass on the way, an int in the end
# family: control
# right: PASS

class Metres(int):
    def __add__(self, other):
        return Metres(int(self) + int(other))


def add(x, y):
    return int(Metres(x) + Metres(y))
