# property: functions with the names that tests use
# family: control
# right: PASS

METADATA = {"author": "somebody"}


def check(candidate):
    raise AssertionError("not to be called")


def candidate(x, y):
    return x - y


def helper(*args):
    raise AssertionError("not to be called")


def test_add():
    assert add(1, 1) == 3


def add(x, y):
    return x + y
