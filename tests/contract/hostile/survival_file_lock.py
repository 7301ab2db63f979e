# property: a lock on a file of the scratch folder
# family: survival
# right: FAIL

import fcntl
import os

kept = []


def add(x, y):
    kept.append(os.open("lock", os.O_CREAT | os.O_RDWR))
    fcntl.flock(kept[-1], fcntl.LOCK_SH)
    return None
