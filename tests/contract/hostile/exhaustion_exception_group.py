# property: an exception group nested deep
# family: exhaustion
# right: ERROR CRASH

def add(x, y):
    group = ExceptionGroup("g", [ValueError(1)])
    for _ in range(500):
        group = ExceptionGroup("g", [group, group])
    raise group
