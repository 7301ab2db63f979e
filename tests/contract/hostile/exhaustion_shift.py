# property: an integer by one shift
# family: exhaustion
# right: MEMORY

def add(x, y):
    return (1 << (1 << 40)) and x + y
