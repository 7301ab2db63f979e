# property: a tuple nested five thousand deep
# family: exhaustion
# right: FAIL ERROR CRASH TIMEOUT
# limits: cpu_seconds=1 max_kills=1

def add(x, y):
    nested = ()
    for _ in range(5_000):
        nested = (nested,)
    return nested
