"""Verdicts: validation, cells, sub-matrices, joins."""

from __future__ import annotations

import numpy as np
import pytest

from unriddle import CallTest, Candidate, Status, Verdicts
from unriddle.errors import BadInput, BadShape
from unriddle.execute.inprocess import InProcessExecutor
from unriddle.language.values import encode
from unriddle.verdicts import Detail


def _made(cells, values=(), *, tests=None, names=None, details=None, info=None) -> Verdicts:
    """From rows of value numbers; a cell of -1 is an ERROR, any other a PASS."""
    value = np.array(cells, np.int32).reshape(len(cells), -1)
    n, m = value.shape
    return Verdicts(
        status=np.where(value < 0, Status.ERROR, Status.PASS).astype(np.int8),
        value=value,
        cpu_seconds=np.arange(n * m, dtype=np.float32).reshape(n, m),
        prior=-np.arange(n, dtype=np.float64),
        candidates=tuple(names or [f"c{i}" for i in range(n)]),
        tests=tuple(tests or [f"t{j}" for j in range(m)]),
        values=tuple(encode(v) for v in values),
        details=details or {},
        info=info or {"isolation": "test"},
    )


@pytest.mark.parametrize("name", ["status", "value", "cpu_seconds"])
def test_a_wrong_shape_names_both_shapes(name) -> None:
    good = _made([[0, 0]], [1])
    fields = {f: getattr(good, f) for f in ("status", "value", "cpu_seconds", "prior", "candidates", "tests", "values")}
    fields[name] = np.zeros((2, 1), fields[name].dtype)
    with pytest.raises(BadShape, match=rf"{name}.*\(1, 2\).*\(2, 1\)"):
        Verdicts(**fields)
    fields[name] = getattr(good, name)
    with pytest.raises(BadShape, match="prior"):
        Verdicts(**{**fields, "prior": np.zeros(2)})


@pytest.mark.parametrize(("field", "number"), [("status", 9), ("status", -1), ("value", 1), ("value", -2)])
def test_numbers_out_of_range_are_refused(field, number) -> None:
    good = _made([[0]], [1])
    fields = {f: getattr(good, f) for f in ("status", "value", "cpu_seconds", "prior", "candidates", "tests", "values")}
    with pytest.raises(BadInput, match=field):
        Verdicts(**{**fields, field: np.full((1, 1), number, fields[field].dtype)})


def test_known_masks_what_tells_nothing() -> None:
    status = np.array([list(Status)], np.int8)
    verdicts = Verdicts(
        status=status, value=np.full((1, 9), -1, np.int32), cpu_seconds=np.zeros((1, 9), np.float32), prior=np.zeros(1),
        candidates=("a",), tests=tuple("abcdefghi"),
    )  # fmt: skip
    assert verdicts.passed[0].tolist() == [True] + [False] * 8
    assert verdicts.known[0].tolist() == [s not in (Status.SKIPPED, Status.INFRA) for s in Status]
    assert verdicts.status_counts() == {s.name: 1 for s in Status}
    assert [verdicts[0, j].known for j in range(9)] == verdicts.known[0].tolist()
    assert not verdicts.solved()[0]


def test_cells_hold_value_text_and_time() -> None:
    verdicts = _made([[0, -1]], [[1, "a"]], details={(0, 1): Detail("out", "why", 3)})
    assert verdicts[0, 0].result == [1, "a"]
    assert verdicts[0, 0].passed
    cell = verdicts[-1, -1]
    assert (cell.status, cell.value, cell.result, cell.stdout, cell.error, cell.line) == (
        Status.ERROR,
        -1,
        None,
        "out",
        "why",
        3,
    )
    for outside in ((1, 0), (0, 2), (-2, 0), (0, -3)):
        with pytest.raises(IndexError, match="outside"):
            verdicts[outside]


def test_nobody_solves_no_tests() -> None:
    assert _made([[0, 0], [0, -1]], [1]).solved().tolist() == [True, False]
    empty = Verdicts.empty()
    assert empty.shape == (0, 0)
    assert empty.solved().shape == (0,)
    with InProcessExecutor() as executor:
        assert executor.run([Candidate("")], []).solved().tolist() == [False]


def test_take_reorders_repeats_and_keeps_the_text_with_its_cell() -> None:
    verdicts = _made([[0, -1], [-1, 1]], ["a", "b"], details={(0, 1): Detail(error="e01"), (1, 0): Detail(error="e10")})
    taken = verdicts.take([1, 0, 1], [1, 0])
    assert taken.candidates == ("c1", "c0", "c1")
    assert taken.tests == ("t1", "t0")
    assert taken.prior.tolist() == [-1, 0, -1]
    assert [[taken[i, j].error for j in range(2)] for i in range(3)] == [["", "e10"], ["e01", ""], ["", "e10"]]
    assert taken[0, 0].result == "b"
    assert verdicts.take([], None).shape == (0, 2)
    assert verdicts.take(None, []).shape == (2, 0)
    with pytest.raises(IndexError):
        verdicts.take([2])


def test_take_counts_from_the_end_like_a_list() -> None:
    verdicts = _made([[0, -1], [-1, 1]], ["a", "b"], details={(1, 0): Detail(error="e10")})
    assert verdicts.take([-1])[0, 0].error == "e10"
    assert verdicts.take([-1]).candidates == ("c1",)
    assert verdicts.take(None, [-2])[1, 0].error == "e10"


def test_joined_rows_share_numbers_for_equal_values() -> None:
    top = _made([[0, 1]], [1, "x"], names=["a"], details={(0, 1): Detail(error="top")})
    middle = _made([[0, -1], [1, 0]], [1.0, [2]], names=["b", "c"], details={(1, 0): Detail(error="middle")})
    bottom = _made([[0, 1]], [True, [2.0]], names=["d"], details={(0, 0): Detail(stdout="bottom")})
    joined = Verdicts.join_rows([top, middle, bottom])
    assert joined.candidates == ("a", "b", "c", "d")
    assert joined.value[0, 0] == joined.value[1, 0] == joined.value[2, 1] == joined.value[3, 0]
    assert joined.value[2, 0] == joined.value[3, 1]
    assert joined.value[1, 1] == -1
    assert len(joined.values) == 3
    assert {cell: d.error or d.stdout for cell, d in joined.details.items()} == {
        (0, 1): "top",
        (2, 0): "middle",
        (3, 0): "bottom",
    }
    assert joined.prior.tolist() == [0, 0, -1, 0]
    assert [joined[i, j].result for i in range(4) for j in range(2) if joined.value[i, j] >= 0] == [
        1,
        "x",
        1,
        [2],
        1,
        1,
        [2],
    ]


def test_joined_columns_shift_their_text() -> None:
    left = _made([[0], [1]], ["a", "b"], tests=["l"], details={(1, 0): Detail(error="left")})
    right = _made([[0], [-1]], ["b"], tests=["r"], details={(1, 0): Detail(error="right")})
    joined = Verdicts.join_columns([left, right])
    assert joined.tests == ("l", "r")
    assert joined.value.tolist() == [[0, 1], [1, -1]]
    assert joined[1, 0].error == "left"
    assert joined[1, 1].error == "right"


def test_values_that_equal_nothing_never_share_a_number() -> None:
    odd = [_made([[0]], [object()], names=[name]) for name in "abc"]
    joined = Verdicts.join_rows(odd)
    assert len(set(joined.value.ravel().tolist())) == 3


def test_joins_refuse_what_does_not_fit() -> None:
    with pytest.raises(BadShape, match="at least one"):
        Verdicts.join_rows([])
    with pytest.raises(BadShape, match="tests"):
        Verdicts.join_rows([_made([[0]], [1]), _made([[0, 0]], [1])])
    with pytest.raises(BadShape, match="candidates"):
        Verdicts.join_columns([_made([[0]], [1]), _made([[0], [0]], [1])])
    assert Verdicts.join_rows([Verdicts.empty(["t0"]), _made([[0]], [1])]).shape == (1, 1)


def test_splitting_and_joining_is_the_identity() -> None:
    sources = [f"def f(x): return [x, {v}, 1.0, True, None][x]" for v in (1, "'1'", "[1]", "1 // 0")]
    tests = [CallTest("f", (j,)) for j in range(5)]
    with InProcessExecutor() as executor:
        whole = executor.run([Candidate(s) for s in sources], tests)
    rows = Verdicts.join_rows([whole.take([i]) for i in range(4)])
    columns = Verdicts.join_columns([whole.take(None, [j]) for j in range(5)])
    for back in (rows, columns):
        assert back.status.tolist() == whole.status.tolist()
        assert {**back.details} == {**whole.details}
        same = whole.value[:, :, None, None] == whole.value
        assert ((back.value[:, :, None, None] == back.value) == same).all()
