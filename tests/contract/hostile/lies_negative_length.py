# property: a sequence that says its length is negative or endless
# family: lies
# right: FAIL ERROR

class Liar(list):
    def __len__(self):
        return -1

    def __length_hint__(self):
        return 1 << 60


def add(x, y):
    return Liar([x + y])
