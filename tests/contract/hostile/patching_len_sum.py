# property: builtins.len, sum, min, max and abs lie
# family: patching
# right: FAIL ERROR MEMORY CRASH

import builtins

for name in ("len", "sum", "min", "max", "abs", "all", "any"):
    setattr(builtins, name, lambda *args, **kwargs: True)


def add(x, y):
    return 1000
