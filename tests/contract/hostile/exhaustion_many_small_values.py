# property: a result of very many parts
# family: exhaustion
# right: MEMORY
# limits: value_bytes=1000000 cpu_seconds=2

def add(x, y):
    return [0.5] * 120_000
