# property: many files of one megabyte
# family: exhaustion
# right: ERROR
# rlimits: - this level bounds one file, not their sum
# limits: cpu_seconds=2

def add(x, y):
    for i in range(200):
        with open(f"file-{i}", "wb") as file:
            file.write(bytes(1 << 20))
    return x + y
