# property: an exception that ends the process when it is printed
# family: exits
# right: CRASH

import os


class Odd(Exception):
    def __str__(self):
        os._exit(0)

    __repr__ = __str__


def add(x, y):
    raise Odd
