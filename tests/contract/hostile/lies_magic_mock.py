# property: a mock that answers every question
# family: lies
# right: FAIL

from unittest import mock


def add(x, y):
    made = mock.MagicMock(name="int", return_value=x + y)
    made.__eq__ = lambda self, other: True
    made.__int__.return_value = x + y
    return made
