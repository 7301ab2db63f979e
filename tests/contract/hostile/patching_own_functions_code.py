# property: the code of every function of the executor is replaced
# family: patching
# right: FAIL CRASH ERROR TIMEOUT
# limits: max_kills=1

import gc
import types


def agree(*args, **kwargs):
    return True


for thing in gc.get_objects():
    if type(thing) is types.FunctionType and str(thing.__module__).startswith("unriddle"):
        try:
            thing.__code__ = agree.__code__
        except ValueError:
            pass


def add(x, y):
    return 1000
