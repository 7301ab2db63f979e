# property: a socket to the machine's own host
# family: escape
# right: FORBIDDEN

import socket


def add(x, y):
    socket.socket(40, socket.SOCK_STREAM, 0).close()
    return x + y
