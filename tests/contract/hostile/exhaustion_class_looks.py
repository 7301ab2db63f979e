# property: a result whose class takes forever to name itself
# family: exhaustion
# right: TIMEOUT FAIL
# limits: cpu_seconds=0.1 max_kills=1

class Meta(type):
    def __getattribute__(cls, name):
        while True:
            pass


class Odd(metaclass=Meta):
    pass


def add(x, y):
    return Odd()
