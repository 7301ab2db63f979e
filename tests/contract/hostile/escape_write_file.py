# property: a file of the host, written to
# family: escape
# right: ERROR
# rlimits: FORBIDDEN

def add(x, y):
    with open("/tmp/unriddle-canary/file", "a") as file:
        file.write("touched")
    return x + y
