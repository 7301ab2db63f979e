# property: an abstract unix socket of the host
# family: escape
# right: FORBIDDEN

import socket


def add(x, y):
    with socket.socket(socket.AF_UNIX) as out:
        out.connect("\0unriddle-canary")
    return x + y
