# property: a random sequence that goes on in a later test
# family: survival
# right: FAIL
# isolated: yes

import random


def add(x, y):
    first = random.Random(0).random()
    return None if random.random() == first else x + y
