# property: an integer without end
# family: exhaustion
# right: MEMORY TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

def add(x, y):
    return 9**9**9 % 10
