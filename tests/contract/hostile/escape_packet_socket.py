# property: a raw packet socket
# family: escape
# right: FORBIDDEN

import socket


def add(x, y):
    socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0x300).close()
    return x + y
