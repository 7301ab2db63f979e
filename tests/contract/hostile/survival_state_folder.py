# property: a changed working folder that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

import os


def add(x, y):
    seen = os.path.basename(os.getcwd()) == "remembered"
    if not os.path.exists("remembered"):
        os.mkdir("remembered")
    os.chdir("remembered")
    return x + y if seen else None
