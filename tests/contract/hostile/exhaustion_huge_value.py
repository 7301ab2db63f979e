# property: a result longer than a result may be
# family: exhaustion
# right: MEMORY
# limits: value_bytes=1000000

def add(x, y):
    return "a" * 5_000_000
