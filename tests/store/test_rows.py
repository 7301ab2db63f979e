"""A row of verdicts survives being stored, bit for bit."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle.errors import BadInput
from unriddle.outcome import Status
from unriddle.store.rows import StoredRow, decode_row, encode_rows
from unriddle.verdicts import Detail, Verdicts

texts = st.text(st.characters(), max_size=12)  # lone surrogates included


@st.composite
def matrices(draw: st.DrawFn) -> Verdicts:
    n, m = draw(st.integers(0, 4)), draw(st.integers(0, 5))
    values = draw(st.lists(st.binary(max_size=20), max_size=6, unique=True))
    cells = st.lists(st.tuples(*(st.integers(0, size - 1) for size in (n, m))), max_size=5) if n * m else st.just([])
    numbers = st.integers(-1, len(values) - 1)
    cpu = st.floats(0, 1e3, width=32) | st.just(float("nan"))
    return Verdicts(
        status=np.array(draw(_grid(st.integers(0, int(max(Status))), n, m)), np.int8).reshape(n, m),
        value=np.array(draw(_grid(numbers, n, m)), np.int32).reshape(n, m),
        cpu_seconds=np.array(draw(_grid(cpu, n, m)), np.float32).reshape(n, m),
        prior=np.array(draw(st.lists(st.floats(allow_nan=True), min_size=n, max_size=n)), np.float64),
        candidates=tuple(f"c{i}" for i in range(n)),
        tests=tuple(draw(st.lists(texts, min_size=m, max_size=m))),
        values=tuple(values),
        details={cell: Detail(draw(texts), draw(texts), draw(st.integers(0, 99))) for cell in draw(cells)},
        info={"isolation": "none", "limits": {"cpu_seconds": 3.0}},
    )


def _grid(cell: st.SearchStrategy[object], n: int, m: int) -> st.SearchStrategy[list[object]]:
    return st.lists(cell, min_size=n * m, max_size=n * m)


@given(matrices())
def test_round_trip_keeps_everything_but_the_numbering_of_values(verdicts: Verdicts) -> None:
    rows = [decode_row(row) for row in encode_rows(verdicts)]
    assert len(rows) == verdicts.shape[0]
    for i, row in enumerate(rows):
        want = verdicts.take([i])
        np.testing.assert_array_equal(row.status, want.status)
        np.testing.assert_array_equal(row.cpu_seconds, want.cpu_seconds)
        np.testing.assert_array_equal(row.prior, want.prior)
        assert (row.candidates, row.tests, row.details, row.info) == (
            want.candidates,
            want.tests,
            want.details,
            want.info,
        )
        assert _encodings(row) == _encodings(want)


def _encodings(row: Verdicts) -> list[bytes | None]:
    return [row.values[k] if k >= 0 else None for k in row.value[0].tolist()]


def test_equal_results_have_equal_bytes_whatever_their_numbers_in_the_matrix() -> None:
    verdicts = Verdicts(
        status=np.zeros((2, 2), np.int8),
        value=np.array([[2, 0], [2, 0]], np.int32),
        cpu_seconds=np.zeros((2, 2), np.float32),
        prior=np.zeros(2),
        candidates=("a", "b"),
        tests=("x", "y"),
        values=(b"one", b"unused", b"two"),
    )
    a, b = encode_rows(verdicts)
    assert (a.value, a.values) == (b.value, b.values)
    assert decode_row(a).values == (b"two", b"one")


@pytest.mark.parametrize("field", ["values", "tests", "info", "status", "value"])
def test_damaged_bytes_name_the_candidate(field: str) -> None:
    row = encode_rows(
        Verdicts(
            status=np.zeros((1, 2), np.int8),
            value=np.zeros((1, 2), np.int32),
            cpu_seconds=np.zeros((1, 2), np.float32),
            prior=np.zeros(1),
            candidates=("c0ffee",),
            tests=("x", "y"),
            values=(b"one",),
        )
    )[0]
    parts = {name: getattr(row, name) for name in StoredRow.__slots__}
    with pytest.raises(BadInput, match="c0ffee"):
        decode_row(StoredRow(**{**parts, field: b"\x07junk"}))
