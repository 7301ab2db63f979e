# property: standard output is an object that ends the process with success
# family: patching
# right: FAIL CRASH ERROR

import os
import sys


class Odd:
    def __getattr__(self, name):
        os._exit(0)


def add(x, y):
    sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = Odd()
    return 1000
