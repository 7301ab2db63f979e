import ast

import numpy as np
import pytest

from unriddle.errors import BadInput, BadProblem
from unriddle.language.mutants import OPERATORS, all_mutants, mutants

SOURCE = """def f(x, y):
    'doc'
    z = x + 1
    if z > 3 and y:
        return z
    for i in range(3):
        if not y[i]:
            continue
        x -= min(i, *y[i + 1:])
        if g(x, z) == -1:
            break
    return 0
"""


def made(n=1000, seed=0, source=SOURCE, operators=()):
    return mutants(source, n=n, rng=np.random.default_rng(seed), operators=operators)


def test_mutants_are_distinct_readable_and_different():
    found = made()
    assert len(found) == len(set(found)) >= 40
    original = ast.dump(ast.parse(SOURCE))
    assert all(ast.dump(ast.parse(text)) != original for text in found)


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("comparison", "z >= 3"),
        ("comparison", "z < 3"),
        ("arithmetic", "x - 1"),
        ("arithmetic", "x += min"),
        ("constant", "x + 2"),
        ("constant", "return 1"),
        ("logic", "z > 3 or y"),
        ("negation", "not (z > 3 and y)"),
        ("unary", "if y[i]:"),
        ("unary", "g(x, z) == 1"),
        ("bound", "y[i - 1]"),
        ("bound", "range(3 - 1)"),
        ("bound", "y[:]"),
        ("jump", "            break\n        x"),
        ("returned", "return None"),
        ("swapped", "g(z, x)"),
        ("call", "max(i"),
        ("variable", "z = y + 1"),
    ],
)
def test_every_operator_makes_its_mistake(operator, expected):
    texts = [m.source for m in all_mutants(SOURCE, operators=[operator])]
    assert any(expected in text for text in texts)
    assert all(m.operator == operator for m in all_mutants(SOURCE, operators=[operator]))


def test_every_operator_is_made_somewhere():
    assert {m.operator for m in all_mutants(SOURCE)} == set(OPERATORS)


def test_one_mistake_each_on_the_line_it_names():
    lines = ast.unparse(ast.parse(SOURCE)).splitlines()
    for mutant in all_mutants(SOURCE, operators=[name for name in OPERATORS if name != "statement"]):
        got = mutant.source.splitlines()
        differ = [i for i, (a, b) in enumerate(zip(got, lines, strict=True)) if a != b]
        assert differ == [mutant.line - 1] or (mutant.operator == "jump" and len(differ) == 1)


def test_dropped_statements_leave_a_readable_program():
    for mutant in all_mutants(SOURCE, operators=["statement"]):
        assert len(mutant.source.splitlines()) <= len(SOURCE.splitlines())
        ast.parse(mutant.source)


def test_docstrings_stay():
    assert all('"""doc"""' in text for text in made())


def test_count_and_seed_are_kept():
    assert len(made(n=3)) == 3
    assert made(n=5, seed=1) == made(n=5, seed=1)
    assert made(source="x = []\n") == []


def test_bad_input_is_refused():
    with pytest.raises(BadProblem):
        made(source="def f(:")
    with pytest.raises(BadInput, match="operators must be among"):
        made(operators=["typo"])
