# property: a result that ends the process with success when it is looked at
# family: lies
# right: FAIL CRASH ERROR

import os


class Liar:
    def __getattribute__(self, name):
        os._exit(0)

    def __eq__(self, other):
        os._exit(0)

    def __len__(self):
        os._exit(0)


def add(x, y):
    return Liar()
