# property: memory by growth
# family: exhaustion
# right: MEMORY
# limits: cpu_seconds=1 memory_mb=160

def add(x, y):
    hoard = [0]
    while True:
        hoard = hoard + hoard
