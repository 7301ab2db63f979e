# property: a random sequence of its own
# family: control
# right: PASS

import random


def add(x, y):
    random.seed(7)
    noise = random.randint(1, 10**9)
    return x + noise + y - noise
