# property: a file of the host through a symbolic link in the scratch folder
# family: escape
# right: ERROR
# rlimits: FORBIDDEN ERROR

import os


def add(x, y):
    os.symlink("/tmp/unriddle-canary/file", "link")
    with open("link", "a") as file:
        file.write("touched")
    return x + y
