# property: a pair of sockets
# family: escape
# right: FORBIDDEN

import socket


def add(x, y):
    socket.socketpair()
    return x + y
