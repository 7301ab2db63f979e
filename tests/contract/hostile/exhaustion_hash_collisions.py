# property: a set of integers that all collide
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

def add(x, y):
    return len({i * (2**61 - 1) for i in range(1, 200_000)})
