# property: a name asked of a name server
# family: escape
# right: ERROR FORBIDDEN

import socket


def add(x, y):
    socket.getaddrinfo("example.com", 80)
    return x + y
