# property: random and secrets give always the same
# family: patching
# right: FAIL

import os
import random
import secrets

random.random = lambda: 0.5
random.seed = lambda *args: None
secrets.token_bytes = os.urandom = lambda n=8: bytes(n)


def add(x, y):
    return 1000
