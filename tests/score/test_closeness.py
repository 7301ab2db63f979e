"""Closeness: order of near and far values, and agreement with the verdicts."""

import math

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.execute import open_executor
from unriddle.problem import CallTest, Raises, Returns
from unriddle.score.closeness import closeness, nearness


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([5, 6, 4.5, 50, 10**400, math.nan, "5", None], 5),
        (["A.L.", "A.L", "AL", "", None], "A.L."),
        ([[1, 2, 3], [1, 2, 4], [1, 2], [7, 8, 9, 10, 11], "123"], [1, 2, 3]),
        ([True, False, 1], True),
    ],
)
def test_equal_is_one_and_another_kind_is_nothing(values, wanted):
    scores = [nearness(value, wanted) for value in values]
    assert scores[0] == 1
    assert all(0 <= score < 1 for score in scores[1:])
    assert scores[-1] == 0
    if wanted == "A.L.":
        assert scores == sorted(scores, reverse=True)


def test_programs_that_come_nearer_score_higher_and_a_solution_scores_one():
    tests = [CallTest("f", (3,), expect=Returns(9)), CallTest("f", (-1,), expect=Raises("ValueError"))]
    bodies = [
        "    if x < 0:\n        raise ValueError\n    return x * x",
        "    return x * x",
        "    return x * x + 1",
        "    return x * 100",
        "    return str(x * x)",
        "    raise KeyError",
    ]
    with open_executor(workers=1) as executor:
        verdicts = executor.run([Candidate(f"def f(x):\n{body}\n") for body in bodies], tests)
    scores = closeness(tests)(verdicts)
    assert scores[0] == 1
    assert np.all(np.diff(scores[:5]) < 0)
    assert scores[4] == scores[5] == 0
