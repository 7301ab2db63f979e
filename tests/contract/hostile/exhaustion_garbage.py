# property: garbage in cycles whose finalizers make more of it
# family: exhaustion
# right: FAIL TIMEOUT MEMORY
# limits: cpu_seconds=0.3 max_kills=1

class Odd:
    def __init__(self):
        self.own = self

    def __del__(self):
        Odd()


def add(x, y):
    for _ in range(1000):
        Odd()
    return None
