# property: a result whose finalizer never ends
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

class Odd:
    def __del__(self):
        while True:
            pass


def add(x, y):
    return [Odd()][:1]
