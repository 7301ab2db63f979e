# property: a changed default argument that a later test must not see
# family: survival
# right: FAIL
# isolated: yes

def add(x, y, memory=[]):
    memory.append(x)
    return x + y if len(memory) > 1 else None
