# property: source text nested too deep, compiled by the program
# family: exhaustion
# right: ERROR MEMORY CRASH TIMEOUT
# limits: max_kills=1

def add(x, y):
    return eval("-" * 200_000 + "1")
