# property: folders that nobody may enter
# family: survival
# right: FAIL
# rlimits: FORBIDDEN

import os


def add(x, y):
    os.makedirs(f"left{abs(x)}/behind")
    open(f"left{abs(x)}/behind/file", "w").close()
    os.chmod(f"left{abs(x)}/behind", 0)
    os.chmod(f"left{abs(x)}", 0)
    return None
