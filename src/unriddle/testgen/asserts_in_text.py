"""Asserts read out of what a language model wrote after ``assert``, and how often each was written.

Known limits: a piece with a second statement is dropped, as in the published procedure. Not covered: unittest classes,
doctests (``unriddle.language.asserts`` reads those), and whether an assert is true.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.language import python
from unriddle.language.asserts import tests_from_code
from unriddle.language.truncate import parse
from unriddle.problem import CallTest, Test

__all__ = ["STOPS", "asserts_in", "count_tests", "read_tests", "text_of_test"]

STOPS = ("\nclass", "\ndef", "\n#", "\nif", "\nprint")
"""Where the published procedure cuts programs and tests."""

_SPLIT = re.compile(r"\bassert(?=[\s(])")


def asserts_in(text: str, entry: str, *, limit: int | None = 5) -> list[str]:
    """The first ``limit`` usable asserts of one draw, as source lines in their order, repeats included.

    The text is cut into pieces at every ``assert``; a piece ends at the first of ``STOPS``. It is usable when it is
    one readable assert that calls the entry point.

    Args:
        text: What the model wrote after a prompt that ends in ``assert``.
        entry: Name of the entry point.
        limit: At most this many; ``None`` for all.

    Raises:
        BadInput: ``limit`` is less than 1.

    >>> asserts_in("f(1) == 2\\nassert f(2) == 3, 'two'\\nassert g(1) == 1\\nassert f(", "f")
    ['assert f(1) == 2', 'assert f(2) == 3']
    """
    if limit is not None and limit < 1:
        raise BadInput(f"asserts_in: limit must be 1 or more, or None for all, got {limit}")
    found: list[str] = []
    for piece in _SPLIT.split(text):
        line = _one_assert(piece, entry)
        if line:
            found.append(line)
        if limit is not None and len(found) == limit:
            break
    return found


def read_tests(texts: Iterable[str], entry: str, *, limit: int | None = 5, prelude: str = "") -> list[Test]:
    """The tests of many draws, ``(m,)``, draw by draw; a test written twice stands there twice.

    An assert that is one call and one literal becomes a ``CallTest``, any other a ``CodeTest``; one over constants
    says nothing of a program and is left out.

    Args:
        texts: Draws of a language model.
        entry: Name of the entry point.
        limit: At most this many asserts of each draw.
        prelude: Trusted helper source of the problem.
    """
    made: dict[str, list[Test]] = {}
    tests: list[Test] = []
    for text in texts:
        for line in asserts_in(text, entry, limit=limit):
            if line not in made:
                made[line] = tests_from_code(line, entry, prelude=prelude)
            tests.extend(made[line])
    return tests


def text_of_test(test: Test) -> str:
    """The test as one source text; equal texts are the same test."""
    return test.source or (repr(test) if isinstance(test, CallTest) else test.code)


def count_tests(tests: Sequence[Test]) -> tuple[list[Test], npt.NDArray[np.int64]]:
    """The distinct tests in order of appearance, and how often each was written ``(m,)``.

    >>> [int(n) for n in count_tests(read_tests(["f(1) == 2", "f(1)==2", "f(2) == 3"], "f"))[1]]
    [2, 1]
    """
    counts: dict[str, int] = {}
    first: dict[str, Test] = {}
    for test in tests:
        text = text_of_test(test)
        first.setdefault(text, test)
        counts[text] = counts.get(text, 0) + 1
    return list(first.values()), np.fromiter(counts.values(), np.int64, len(counts))


def _one_assert(piece: str, entry: str) -> str:
    """The piece as one assert without its message; empty when it is none, or does not call the entry point."""
    body = piece.strip()
    for stop in STOPS:
        body = body.partition(stop)[0]
    if entry not in body:
        return ""
    tree = parse(f"assert {body}")
    if tree is None or len(tree.body) != 1 or not isinstance(tree.body[0], ast.Assert):
        return ""
    test = tree.body[0].test
    calls = [node.func for node in ast.walk(test) if isinstance(node, ast.Call)]
    if not any(isinstance(func, ast.Name) and func.id == entry for func in calls):
        return ""
    return python.unparse(ast.Assert(test, None))
