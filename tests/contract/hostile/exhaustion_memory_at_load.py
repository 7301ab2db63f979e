# property: memory while loading
# family: exhaustion
# right: MEMORY

hoard = bytearray(1 << 40)


def add(x, y):
    return x + y
