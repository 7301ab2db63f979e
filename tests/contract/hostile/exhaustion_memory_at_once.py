# property: memory by one request
# family: exhaustion
# right: MEMORY

def add(x, y):
    return len(bytearray(1 << 40))
