# property: a TCP connection to this machine
# family: escape
# right: FORBIDDEN

import socket


def add(x, y):
    socket.create_connection(("127.0.0.1", 47311), timeout=1).close()
    return x + y
