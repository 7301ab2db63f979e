# property: a generator, consumed
# family: control
# right: PASS

def add(x, y):
    def numbers():
        yield x
        yield from [y]

    return sum(numbers())
