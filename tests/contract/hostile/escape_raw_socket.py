# property: a raw ICMP socket
# family: escape
# right: FORBIDDEN

import socket


def add(x, y):
    socket.socket(socket.AF_INET, socket.SOCK_RAW, 1).close()
    return x + y
