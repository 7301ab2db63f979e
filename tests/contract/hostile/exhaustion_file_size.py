# property: one endless file
# family: exhaustion
# right: ERROR
# limits: cpu_seconds=2 scratch_mb=4

def add(x, y):
    with open("large", "wb") as file:
        for _ in range(1000):
            file.write(bytes(1 << 20))
    return x + y
