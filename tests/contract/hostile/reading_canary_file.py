# property: a file in the host's temporary folder
# family: reading
# right: FAIL

def add(x, y):
    try:
        with open("/tmp/unriddle-canary/file") as file:
            return x + y if file.read() else None
    except OSError:
        return None
