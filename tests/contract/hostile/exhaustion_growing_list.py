# property: a list that grows while it is looked at
# family: exhaustion
# right: FAIL MEMORY ERROR TIMEOUT
# limits: max_kills=1 value_bytes=1000000

def add(x, y):
    grown = [0]

    class Odd:
        def __iter__(self):
            return self

        def __next__(self):
            grown.append(self)
            return grown

    grown.append(Odd())
    return grown
