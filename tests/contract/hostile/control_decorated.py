# property: a decorated function with a cache
# family: control
# right: PASS

import functools


def noisy(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        print("calling", function.__name__, args)
        return function(*args, **kwargs)

    return inner


@noisy
@functools.lru_cache(maxsize=None)
def add(x, y):
    return x + y
