# property: a listening unix socket as a file
# family: escape
# right: FORBIDDEN

import socket


def add(x, y):
    socket.socket(socket.AF_UNIX).bind("/tmp/unriddle-canary/socket")
    return x + y
