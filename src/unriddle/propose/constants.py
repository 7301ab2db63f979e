"""Constants worth writing into a program, harvested from the problem: its examples, its verifier, its statement.

Not covered: constants computed from several places at once (``closures`` solves for factors and offsets).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from unriddle.language.python import literals
from unriddle.propose.bottom_up import Constant
from unriddle.propose.expression import type_of

__all__ = ["puzzle_constants", "table_constants"]

_MAX_TEXT = 200
_MAX_CLASSES = 4


def table_constants(inputs: Mapping[str, Sequence[Any]], goal: Sequence[Any], statement: str) -> list[Constant]:
    """Separators and characters seen in the cells, small numbers, and the statement's numbers.

    Args:
        inputs: A column ``(m,)`` for each input.
        goal: The output's column ``(m,)``.
        statement: What is wanted, in words.
    """
    found = [Constant(value) for value in (1, 2)]
    texts = [value for column in inputs.values() for value in column if isinstance(value, str)]
    wanted = [value for value in goal if isinstance(value, str)]
    if texts:
        found += [Constant(mark) for mark in _shared_marks(inputs)]
        found += [Constant("")] + [Constant(value) for value in (0, -1)] + [Constant(value, 3) for value in (-2, 3, 4)]
    if wanted:
        padded = {len(run) for value in wanted for run in re.findall(r"\b0\d+", value)}
        found += [Constant(width) for width in padded if len(padded) == 1]
        new = {c for value in wanted for c in value if not c.isalnum()}
        found += [Constant(mark, 2) for mark in sorted(new)]
    if any(isinstance(value, float) for column in (*inputs.values(), goal) for value in column):
        found += [Constant(0.5, 2)]
    found += [Constant(value, 3) for value in (10, 100, 12, 60)]
    classes = list(dict.fromkeys(goal)) if all(isinstance(value, str | int | float) for value in goal) else []
    if 0 < len(classes) <= _MAX_CLASSES and all(goal.count(value) >= 2 for value in classes):
        found = [Constant(value, 2) for value in classes] + found
    return _distinct(found + _numbers_in(statement))


def puzzle_constants(verifier: str, defaults: Mapping[str, Any], statement: str) -> list[Constant]:
    """What the verifier's source writes down (cost 1), then small numbers and simple texts and lists.

    Args:
        verifier: Source of the verifier; it is parsed, never run.
        defaults: Values of its other parameters; they are inputs, so they are not repeated here.
        statement: What is wanted, in words.
    """
    known = {repr(value) for value in defaults.values()}
    seen = [value for value in [*literals(verifier), *_lists(verifier)] if repr(value) not in known]
    found = [Constant(value) for value in seen if type_of(value) and len(str(value)) <= _MAX_TEXT]
    found += [Constant(value) for value in (0, 1, 2, -1, True, False, "", 0.0, 1.0)]
    found += [Constant([], 1, kind) for kind in ("list[int]", "list[str]", "list[float]")]
    found += [Constant(value, 2) for value in (3, 4, 5, 6, 7, 8, 9, 10, "a", " ", 0.5, 2.0)]
    found += [Constant(value, 3) for value in (100, 1000, "b", -1.0)]
    return _distinct(found + _numbers_in(statement))


def _shared_marks(inputs: Mapping[str, Sequence[Any]]) -> list[str]:
    """Characters that are no letters or digits and stand in every cell of some column."""
    marks: set[str] = set()
    for column in inputs.values():
        sets = [{c for c in value if not c.isalnum()} for value in column if isinstance(value, str)]
        marks |= set.intersection(*sets) if sets else set()
    return sorted(marks | ({" "} if any(" " in str(v) for column in inputs.values() for v in column) else set()))


def _numbers_in(statement: str) -> list[Constant]:
    texts = re.findall(r"(?<![\w.])-?\d{1,9}(?:\.\d{1,6})?(?![\w.]*\d)", statement)
    return [Constant(float(text) if "." in text else int(text), 2) for text in texts[:10]]


def _lists(source: str) -> list[Any]:
    """Lists of plain data written in the source; tuples count as lists."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.List | ast.Tuple) and node.elts:
            try:
                found.append(list(ast.literal_eval(node)))
            except (ValueError, TypeError, SyntaxError):
                continue
    return found


def _distinct(constants: Iterable[Constant]) -> list[Constant]:
    kept: dict[tuple[str, str], Constant] = {}
    for constant in constants:
        kept.setdefault((constant.type or type_of(constant.value), repr(constant.value)), constant)
    return list(kept.values())
