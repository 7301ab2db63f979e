# property: no memory is left when the caller goes on
# family: patching
# right: FAIL ERROR MEMORY CRASH

hoard = []


def add(x, y):
    size = 1 << 28
    while size > 512:
        try:
            hoard.append(bytes(size))
        except MemoryError:
            size //= 2
    return 1000
