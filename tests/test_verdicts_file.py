"""A saved matrix comes back whole; a damaged file is a clear error and never a wrong matrix."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from unriddle import Verdicts, verdicts_file
from unriddle.errors import BadInput, UnriddleError
from unriddle.language.values import encode
from unriddle.verdicts import Detail

pytest.importorskip("pyarrow")
_text = st.text(st.characters(codec="utf-8"), max_size=6)
_values = [encode(v) for v in (1, "ü", [1.5, None], object(), {"a": {2}}, b"\0" * 300)]


@st.composite
def _verdicts(draw) -> Verdicts:
    n, m = draw(st.integers(0, 3)), draw(st.integers(0, 3))
    grid = lambda low, high, dtype: np.array(  # noqa: E731
        draw(st.lists(st.integers(low, high), min_size=n * m, max_size=n * m)), dtype
    ).reshape(n, m)
    cells = [(i, j) for i in range(n) for j in range(m)]
    details = (
        draw(st.dictionaries(st.sampled_from(cells), st.builds(Detail, _text, _text, st.integers(1, 99))))
        if cells
        else {}
    )
    return Verdicts(
        status=grid(0, 8, np.int8), value=grid(-1, len(_values) - 1, np.int32),
        cpu_seconds=grid(0, 5, np.float32) / np.float32(draw(st.sampled_from([1, 3, 0.0]))) if n * m else grid(0, 1,
        np.float32),
        prior=np.array(draw(st.lists(st.floats(), min_size=n, max_size=n)), np.float64),
        candidates=tuple(draw(st.lists(_text, min_size=n, max_size=n))),
        tests=tuple(draw(st.lists(_text, min_size=m, max_size=m))),
        values=tuple(_values), details=details, info={"isolation": "x", "limits": {"cpu_seconds": 3.0}, "seed": [1]},
    )  # fmt: skip


def _same(one: Verdicts, other: Verdicts) -> None:
    for name in ("status", "value", "cpu_seconds", "prior"):
        ours, theirs = getattr(one, name), getattr(other, name)
        assert ours.dtype == theirs.dtype
        assert ours.shape == theirs.shape
        np.testing.assert_array_equal(ours, theirs)
    for name in ("candidates", "tests", "values", "info"):
        assert getattr(one, name) == getattr(other, name)
    assert dict(one.details) == dict(other.details)


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
@settings(max_examples=40)
@given(verdicts=_verdicts())
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_a_matrix_comes_back_as_it_was(tmp_path_factory, suffix, verdicts) -> None:
    path = tmp_path_factory.mktemp("v") / f"v{suffix}"
    verdicts_file.save(verdicts, path)
    _same(verdicts_file.load(path), verdicts)
    assert [p.name for p in path.parent.iterdir()] == [path.name]


def _one(text: str = "printed") -> Verdicts:
    return Verdicts(
        status=np.zeros((1, 2), np.int8), value=np.array([[0, -1]], np.int32), cpu_seconds=np.zeros((1, 2), np.float32),
        prior=np.array([np.nan]), candidates=("c",), tests=("a", "b"), values=(encode([1]),), details={(0,
        1): Detail(text)},
    )  # fmt: skip


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_lone_surrogates_in_printed_text_can_be_saved(tmp_path, suffix) -> None:
    verdicts_file.save(_one("a\ud800b"), tmp_path / f"v{suffix}")
    assert "a" in verdicts_file.load(tmp_path / f"v{suffix}")[0, 1].stdout


@pytest.mark.parametrize("name", ["v", "v.csv", "v.NPZ", "v.npz.gz"])
def test_an_unknown_suffix_is_refused_before_anything_is_written(tmp_path, name) -> None:
    with pytest.raises(BadInput, match=r"\.npz or \.parquet"):
        verdicts_file.save(_one(), tmp_path / name)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["v.npz", "v.parquet"])
@pytest.mark.parametrize(
    "content", [None, b"", b"garbage", b"PK\x03\x04garbage", b"PAR1garbagePAR1", b"\x93NUMPY\x01\0"]
)
def test_what_is_no_verdicts_file_is_bad_input(tmp_path, name, content) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(BadInput, match=name):
        verdicts_file.load(tmp_path / name)


def test_files_of_other_things_are_bad_input(tmp_path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    with (tmp_path / "array.npz").open("wb") as file:
        np.save(file, np.zeros(3))
    np.savez(tmp_path / "pickled.npz", head=np.array([{}], dtype=object))
    np.savez(tmp_path / "list.npz", head=np.frombuffer(b"[1]", np.uint8))
    pq.write_table(pa.table({"a": [1]}), tmp_path / "other.parquet")
    for path in tmp_path.iterdir():
        with pytest.raises(BadInput, match=path.name):
            verdicts_file.load(path)


@pytest.mark.parametrize(
    ("places", "value"), [((b"PK\x01\x02", 6), 64), ((b"PK\x01\x02", 8), 32 | 1), ((b"PK\x01\x02", 10), 77)]
)
def test_a_zip_of_a_kind_that_python_does_not_read_is_an_error_of_ours(tmp_path, places, value) -> None:
    path = tmp_path / "v.npz"
    verdicts_file.save(_one(), path)
    content, (mark, place) = bytearray(path.read_bytes()), places
    at = content.find(mark)
    while at >= 0:  # every entry of the directory: version needed, flags, method
        content[at + place] = value
        at = content.find(mark, at + 1)
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"v\.npz"):
        verdicts_file.load(path)


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
@settings(max_examples=150)
@given(data=st.data())
def test_a_damaged_file_is_an_error_of_ours_or_a_valid_matrix(tmp_path_factory, suffix, data) -> None:
    path = tmp_path_factory.mktemp("v") / f"v{suffix}"
    verdicts_file.save(_one(), path)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content)
    try:
        assert verdicts_file.load(path).shape[0] >= 0
    except UnriddleError:
        pass


@pytest.mark.parametrize("suffix", [".npz", ".parquet"])
def test_an_interrupted_save_leaves_the_old_file(tmp_path, monkeypatch, suffix) -> None:
    path = tmp_path / f"v{suffix}"
    verdicts_file.save(_one("old"), path)

    def interrupted(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("os.replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        verdicts_file.save(_one("new"), path)
    assert verdicts_file.load(path)[0, 1].stdout == "old"
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_a_file_of_another_schema_says_so(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(verdicts_file, "_SCHEMA", 2)
    verdicts_file.save(_one(), tmp_path / "v.npz")
    monkeypatch.undo()
    with pytest.raises(BadInput, match="schema 2"):
        verdicts_file.load(tmp_path / "v.npz")
