"""Programs of an enumerated language that agree on two examples, and what each says to further inputs.

Part of ``unriddle.lab.active_learning``. The expressions are those of our own grammar, evaluated in process.
Not covered: programs of a language model.
"""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from unriddle.methods.active_learning import Questions, make_questions
from unriddle.propose.bottom_up import Constant, expressions

__all__ = ["program_questions"]

_EXAMPLES = (2, 3)
_INPUTS = tuple(x for x in range(-10, 14) if x not in _EXAMPLES)


def program_questions(
    n: int, *, n_queries: int, noise: float, rng: np.random.Generator
) -> tuple[Questions, tuple[str, ...]]:
    """The questions about ``n`` programs that fit two examples, and the programs.

    Whole-number expressions of one variable are enumerated in order of size; of all pairs of outputs on the two
    examples the first one that n different behaviours share is taken, with its n smallest programs.

    Args:
        n: Programs.
        n_queries: Inputs that may be asked about, drawn from those that are no examples.
        noise: Chance of a wrong answer that is assumed.
        rng: Draws the inputs.
    """
    inputs = np.array(_INPUTS)[np.sort(rng.permutation(len(_INPUTS))[:n_queries])]
    column = [*_EXAMPLES, *inputs.tolist()]
    groups: dict[tuple[int, ...], dict[tuple[int, ...], str]] = defaultdict(dict)
    for expression in expressions({"x": column}, [Constant(1), Constant(2), Constant(3)], "int", max_cost=12):
        rows = groups[expression.column[:2]]
        rows.setdefault(expression.column[2:], expression.source)
        if len(rows) == n:
            return make_questions(_numbered(list(rows)), noise=noise), tuple(rows.values())
    raise AssertionError(f"no pair of outputs is shared by {n} of the enumerated programs")


def _numbered(rows: list[tuple[int, ...]]) -> np.ndarray:
    """Outputs as numbers: whole numbers of any size are told apart, not compared."""
    names: dict[int, int] = {}
    return np.array([[names.setdefault(value, len(names)) for value in row] for row in rows], np.int64)
