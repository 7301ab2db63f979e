# property: a main guard with an exit and input
# family: control
# right: PASS

import sys


def add(x, y):
    return x + y


if __name__ == "__main__":
    print(add(int(input()), int(input())))
    sys.exit(0)
