# property: a program in memory, executed by its descriptor
# family: escape
# right: FORBIDDEN

import os


def add(x, y):
    fd = os.memfd_create("program")
    os.write(fd, b"#!/bin/sh\nexit 0\n")
    os.execve(fd, ["program"], {})
