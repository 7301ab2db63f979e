# property: many empty files
# family: exhaustion
# right: ERROR
# rlimits: - this level does not count files
# limits: cpu_seconds=2

def add(x, y):
    for i in range(20_000):
        open(f"file-{i}", "w").close()
    return x + y
