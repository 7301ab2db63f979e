# property: a memory error, handled
# family: control
# right: PASS

def add(x, y):
    try:
        return len(bytearray(1 << 45))
    except MemoryError:
        return x + y
