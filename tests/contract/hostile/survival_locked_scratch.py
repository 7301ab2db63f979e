# property: the scratch folder itself, closed to everybody
# family: survival
# right: FAIL
# rlimits: FORBIDDEN FAIL

import os


def add(x, y):
    open(f"left{abs(x)}", "w").close() if os.access(".", os.W_OK) else None
    os.chmod(os.getcwd(), 0) if x == 2 else None
    return None
