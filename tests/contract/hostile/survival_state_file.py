# property: a file that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

import os


def add(x, y):
    seen = os.listdir(".") or os.path.exists("/tmp/remembered")
    with open("remembered", "w") as file:
        file.write("yes")
    return x + y if seen else None
