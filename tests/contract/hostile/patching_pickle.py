# property: pickle and copyreg make the right value of everything
# family: patching
# right: FAIL

import copyreg
import pickle

copyreg.pickle(int, lambda value: (int, (5,)))
pickle.dumps = lambda *args, **kwargs: b"I5\n."


def add(x, y):
    return 1000
