# property: endless lines on standard output
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

def add(x, y):
    while True:
        print("y" * 10_000)
