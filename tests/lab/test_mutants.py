import ast

import numpy as np
import pytest

from unriddle.errors import BadProblem
from unriddle.lab.mutants import mutants

SOURCE = "def f(x, y):\n    'doc'\n    z = x + 1\n    if z > 3 and y:\n        return z\n    return 0\n"


def made(n=100, seed=0, source=SOURCE):
    return mutants(source, n=n, rng=np.random.default_rng(seed))


def test_mutants_are_distinct_readable_and_different():
    found = made()
    assert len(found) == len(set(found)) >= 10
    original = ast.dump(ast.parse(SOURCE))
    assert all(ast.dump(ast.parse(text)) != original for text in found)


@pytest.mark.parametrize(
    "expected", ["z >= 3", "z < 3", "x - 1", "x + 2", "z > 3 or y", "not (z > 3 and y)", "return 1"]
)
def test_every_operator_appears(expected):
    assert any(expected in text for text in made())


def test_one_mistake_each():
    lines = ast.unparse(ast.parse(SOURCE)).splitlines()
    for text in made():
        got = text.splitlines()
        if len(got) == len(lines):
            assert sum(a != b for a, b in zip(got, lines, strict=True)) == 1
        else:
            assert set(got) < set(lines)


def test_count_and_seed_are_kept():
    assert len(made(n=3)) == 3
    assert made(n=5, seed=1) == made(n=5, seed=1)
    assert made(source="x = []\n") == []
    with pytest.raises(BadProblem):
        made(source="def f(:")
