# property: the mock that equals everything
# family: lies
# right: FAIL

from unittest import mock


def add(x, y):
    return mock.ANY
