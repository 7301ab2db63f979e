# property: an exception whose attributes never answer
# family: exhaustion
# right: TIMEOUT ERROR CRASH
# limits: cpu_seconds=0.1 max_kills=1

class Odd(Exception):
    def __getattribute__(self, name):
        while True:
            pass


def add(x, y):
    raise Odd
