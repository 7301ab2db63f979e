# property: a counter that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

calls = 0


def add(x, y):
    global calls
    calls += 1
    return x + y if calls > 1 else None
