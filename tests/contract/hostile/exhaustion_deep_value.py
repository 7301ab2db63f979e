# property: a list nested five thousand deep
# family: exhaustion
# right: FAIL ERROR
# limits: cpu_seconds=2

def add(x, y):
    nested = []
    for _ in range(5_000):
        nested = [nested]
    return nested
