# property: a program written to the scratch folder and run
# family: escape
# right: FORBIDDEN ERROR

import os


def add(x, y):
    with open("program", "w") as file:
        file.write("#!/bin/sh\nexit 0\n")
    os.open("program", os.O_RDONLY)
    os.posix_spawn("program", ["program"], {})
    return x + y
