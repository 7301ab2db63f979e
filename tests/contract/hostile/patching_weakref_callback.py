# property: a weak reference whose callback runs after the answer was given
# family: patching
# right: FAIL CRASH

import os
import weakref


class Odd:
    pass


def add(x, y):
    made = Odd()
    add.kept = weakref.ref(made, lambda ref: os.write(1, b"PASS"))
    weakref.finalize(made, os.write, 2, b"PASS")
    return [made, 1000]
