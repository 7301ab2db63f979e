# property: a UDP packet to this machine
# family: escape
# right: FORBIDDEN

import socket


def add(x, y):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        out.sendto(b"canary", ("127.0.0.1", 47311))
    return x + y
