# property: an exception whose text never ends
# family: exhaustion
# right: TIMEOUT
# limits: cpu_seconds=0.1 max_kills=1

class Odd(Exception):
    def __str__(self):
        while True:
            pass


def add(x, y):
    raise Odd
