# property: a value small in memory and endless when written out
# family: exhaustion
# right: MEMORY FAIL ERROR TIMEOUT
# limits: value_bytes=1000000 cpu_seconds=0.15 max_kills=1

def add(x, y):
    value = [0]
    for _ in range(60):
        value = [value, value]
    return value
