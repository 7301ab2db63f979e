# property: a file of the host through a hard link in the scratch folder
# family: escape
# right: ERROR
# rlimits: FORBIDDEN ERROR

import os


def add(x, y):
    os.link("/tmp/unriddle-canary/file", "link")
    with open("link", "a") as file:
        file.write("touched")
    return x + y
