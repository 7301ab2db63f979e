# property: a class that calls itself builtins.int
# family: lies
# right: FAIL

Liar = type("int", (), {"__module__": "builtins", "__qualname__": "int", "__eq__": lambda self, other: True})


def add(x, y):
    return Liar()
