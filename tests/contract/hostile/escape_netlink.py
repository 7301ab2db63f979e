# property: a netlink socket
# family: escape
# right: FORBIDDEN

import socket


def add(x, y):
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).close()
    return x + y
