# property: an environment variable that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

import os


def add(x, y):
    seen = "REMEMBERED" in os.environ
    os.environ["REMEMBERED"] = "yes"
    return x + y if seen else None
