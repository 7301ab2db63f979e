"""Properties of the matrix: its shape and order, and that ``stream`` and ``run_groups`` give the same rows."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator

import numpy as np

from unriddle.candidate import Candidate
from unriddle.contracts import Group
from unriddle.errors import BadInput, BadProblem
from unriddle.execute.contract_property import Broken, Make, Property, must
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest, CodeTest, Returns
from unriddle.verdicts import Verdicts

__all__ = ["MATRIX"]

_TESTS = (
    CallTest("f", (1,), expect=Returns(2), name="one"),
    CallTest("f", (5,)),
    CallTest("f", (2,), expect=Returns(3), name="two"),
)
_SOURCES = (
    "def f(x): return x + 1",
    "def f(x): return x * 10",
    "def f(x): raise ValueError('no')",
    "def f(x: 1 +",
    "def f(x): return x + 2",
    "def f(x): return 7 if x == 5 else x + 1",
)
_STATUSES = ((0, 0, 0), (1, 0, 1), (2, 2, 2), (2, 2, 2), (1, 0, 1), (0, 0, 0))
_RESULTS = ((2, 6, 3), (10, 50, 20), (None,) * 3, (None,) * 3, (3, 7, 4), (2, 7, 3))
_GOOD, _ONE = Candidate(_SOURCES[0]), _TESTS[:1]


def _candidates() -> list[Candidate]:
    """The six programs; every second one knows its prior."""
    return [Candidate(source, prior=-i / 2 if i % 2 else None) for i, source in enumerate(_SOURCES)]


def _must_be(verdicts: Verdicts, rows: list[int], columns: list[int], what: str) -> None:
    """The verdicts are those of these rows and columns of the known matrix."""
    candidates = _candidates()
    ids = tuple(candidates[i].id for i in rows)
    must(verdicts.candidates == ids, f"{what} to hold the candidates {ids} in this order", verdicts.candidates)
    status = [[_STATUSES[i][j] for j in columns] for i in rows]
    got = verdicts.status.tolist()
    must(got == status, f"{what} to have the statuses {_named(status)}", _named(got))
    results = [[_RESULTS[i][j] for j in columns] for i in rows]
    found = [[verdicts[a, b].result for b in range(len(columns))] for a in range(len(rows))]
    must(found == results, f"{what} to hold the values {results}", found)


def _named(statuses: list[list[int]]) -> str:
    return "; ".join(" ".join(Status(status).name for status in row) for row in statuses)


def _order(make: Make) -> None:
    with make() as executor:
        whole = executor.run(_candidates(), _TESTS)
    must(whole.shape == (6, 3), "a matrix of shape (6, 3) for 6 candidates and 3 tests", whole.shape)
    must(whole.tests == ("one", "t1", "two"), "columns named ('one', 't1', 'two')", whole.tests)
    _must_be(whole, list(range(6)), [0, 1, 2], "the matrix")
    dtypes = [str(getattr(whole, name).dtype) for name in ("status", "value", "cpu_seconds", "prior")]
    expected = ["int8", "int32", "float32", "float64"]
    must(dtypes == expected, f"status, value, cpu_seconds and prior of the types {expected}", dtypes)
    prior = np.array([math.nan if c.prior is None else c.prior for c in _candidates()])
    must(np.array_equal(whole.prior, prior, equal_nan=True), f"priors {prior.tolist()}", whole.prior.tolist())


def _empty(make: Make) -> None:
    with make() as executor:
        nobody, nothing = executor.run([], _TESTS), executor.run(_candidates(), [])
        rows = list(executor.stream([], _TESTS))
        groups = list(executor.run_groups([]))
    must(nobody.shape == (0, 3), "shape (0, 3) without candidates", nobody.shape)
    must(nobody.tests == ("one", "t1", "two"), "the columns' names without candidates", nobody.tests)
    must(nothing.shape == (6, 0), "shape (6, 0) without tests", nothing.shape)
    must(not nothing.solved().any(), "nobody to have solved no tests", nothing.solved().tolist())
    must((rows, groups) == ([], []), "no row and no group out of none", (rows, groups))


def _permuted(make: Make) -> None:
    rows, columns = [4, 0, 5, 2, 1, 3], [2, 0, 1]
    with make() as executor:
        shuffled = executor.run([_candidates()[i] for i in rows], [_TESTS[j] for j in columns])
        doubled = executor.run([_candidates()[i] for i in (0, 4, 0, 0)], _TESTS)
    _must_be(shuffled, rows, columns, "the permuted matrix")
    _must_be(doubled, [0, 4, 0, 0], [0, 1, 2], "the matrix of candidates given twice")


def _stream(make: Make) -> None:
    with make() as executor:
        got = list(itertools.islice(executor.stream(_candidates(), _TESTS), 20))
    numbers = sorted(i for i, _ in got)
    must(numbers == list(range(6)), "each of the rows 0 to 5 exactly once", numbers)
    for i, row in got:
        must(row.shape == (1, 3), "every row of shape (1, 3)", row.shape)
        _must_be(row, [i], [0, 1, 2], f"row {i} of the stream")


def _groups(make: Make) -> None:
    everyone = _candidates()
    groups: list[Group] = [
        (everyone, _TESTS), ([], _TESTS), (everyone[:2], []), (everyone[3:5], _TESTS[:1]), (everyone[::-1], _TESTS[1:]),
    ]  # fmt: skip
    with make() as executor:
        got = list(itertools.islice(executor.run_groups(iter(groups)), 20))
    numbers = sorted(number for number, _ in got)
    must(numbers == list(range(5)), "each of the groups 0 to 4 exactly once, those without candidates too", numbers)
    found = dict(got)
    shapes = [found[number].shape for number in (1, 2)]
    must(shapes == [(0, 3), (2, 0)], "the shapes (0, 3) and (2, 0) of the empty groups", shapes)
    _must_be(found[0], list(range(6)), [0, 1, 2], "group 0")
    _must_be(found[3], [3, 4], [0], "group 3")
    _must_be(found[4], [5, 4, 3, 2, 1, 0], [1, 2], "group 4")


def _lazy(make: Make) -> None:
    most, taken = max(256, 8 * (os.cpu_count() or 1)), 0

    def endless() -> Iterator[Group]:
        nonlocal taken
        while taken <= most:
            taken += 1
            yield [_GOOD], _ONE

    with make() as executor:
        groups = executor.run_groups(endless())
        next(groups)
        must(taken <= most, f"at most {most} groups taken before the first is given back", f"{taken} or more")
        del groups


def _failing_groups(make: Make) -> None:
    def groups() -> Iterator[Group]:
        yield [_GOOD], _ONE
        raise LookupError("the caller's own")

    with make() as executor:
        try:
            got: object = list(executor.run_groups(groups()))
        except LookupError:
            got = None
        must(got is None, "an exception of the groups' iterator to reach the caller", got)
        _must_be(executor.run([_GOOD], _ONE), [0], [0], "the run afterwards")


def _refuses(make: Make) -> None:
    foreign = Candidate("1", language="brainfuck")
    with make() as executor:
        mistakes: tuple[tuple[str, Candidate, CallTest | CodeTest], ...] = (
            ("a candidate of another language", foreign, _TESTS[0]),
            ("an argument that is not plain data", _GOOD, CallTest("f", (object(),))),
            ("an expected value that is not plain data", _GOOD, CallTest("f", (1,), expect=Returns(object()))),
            ("test code that is not Python", _GOOD, CodeTest("assert f(", "f")),
        )
        for what, candidate, test in mistakes:
            kind = BadInput if candidate is foreign else BadProblem
            try:
                verdicts = executor.run([candidate], [test])
            except kind:
                continue
            raise Broken(f"{kind.__name__} for {what}", f"the statuses {_named(verdicts.status.tolist())}")
        _must_be(executor.run([_GOOD], _ONE), [0], [0], "the run afterwards")


def _info(make: Make) -> None:
    limits = Limits(cpu_seconds=1.5, output_bytes=999)
    with make() as executor:
        level = executor.isolation
        got = {
            "run": executor.run([_GOOD], _ONE, limits=limits),
            "run without candidates": executor.run([], _ONE, limits=limits),
            "stream": next(iter(executor.stream([_GOOD], _ONE, limits=limits)))[1],
            "run_groups": next(iter(executor.run_groups([([_GOOD], _ONE)], limits=limits)))[1],
        }
        default = executor.run([_GOOD], _ONE).info.get("limits")
    must(isinstance(level, str) and level, "isolation to be a name", level)
    for what, verdicts in got.items():
        found = verdicts.info.get("isolation")
        must(found == level, f"the info of {what} to say isolation {level!r}, as the executor does", found)
        found = verdicts.info.get("limits")
        must(found == limits.as_dict(), f"the info of {what} to hold the limits {limits.as_dict()}", found)
    must(default == Limits().as_dict(), f"the default limits {Limits().as_dict()} where none are given", default)


MATRIX = (
    Property("matrix-order", "rows and columns stand in the order given, with names, types and priors", _order,
             trusted=True),
    Property("matrix-empty", "no candidates and no tests give empty matrices, not errors", _empty, trusted=True),
    Property("matrix-permuted", "other orders and repeats of candidates and tests only permute it", _permuted,
             trusted=True),
    Property("stream-rows", "stream gives every row exactly once, with its own verdicts", _stream, trusted=True),
    Property("groups-matrices", "run_groups gives every group exactly once, with its own matrix", _groups,
             trusted=True),
    Property("groups-lazy", "run_groups takes groups as it goes, with a bounded read-ahead", _lazy, trusted=True),
    Property("groups-failing", "an exception of the caller's groups comes out; the executor goes on", _failing_groups,
             trusted=True),
    Property("refuses-mistakes", "the caller's mistakes are BadInput or BadProblem, never a status", _refuses,
             trusted=True),
    Property("info-level-limits", "every matrix says its isolation level and its limits", _info, trusted=True),
)  # fmt: skip
