# property: a lease on a file (F_SETLEASE)
# family: escape
# right: FORBIDDEN

import fcntl


def add(x, y):
    with open("own", "w") as file:
        fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    return x + y
