# property: a new file beside one of the host
# family: escape
# right: ERROR
# rlimits: FORBIDDEN

def add(x, y):
    with open("/tmp/unriddle-canary/file.new", "x") as file:
        file.write("touched")
    return x + y
