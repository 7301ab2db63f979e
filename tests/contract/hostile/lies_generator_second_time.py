# property: an iterable whose second pass has the right number
# family: lies
# right: FAIL

def add(x, y):
    class Twice(list):
        passes = 0

        def __iter__(self):
            Twice.passes += 1
            yield 0 if Twice.passes == 1 else x + y

    return Twice([0])
