"""Records and JSON Lines: what was written is read, and a bad line is named by number."""

from __future__ import annotations

import gzip
import json
import lzma

import pytest
from hypothesis import given
from hypothesis import strategies as st

from unriddle import Record
from unriddle.errors import BadInput
from unriddle.record import read_jsonl, read_records, write_jsonl

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec=None)),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(), inside, max_size=3),
    max_leaves=8,
)
_data = st.dictionaries(st.text().filter(lambda k: k not in ("kind", "problem", "schema")), _json, max_size=3)
_records = st.lists(st.builds(Record, st.sampled_from(["call", "verdict"]), st.text(), _data), max_size=4)


@pytest.mark.parametrize("suffix", [".jsonl", ".jsonl.gz", ".jsonl.xz"])
@given(records=_records)
def test_records_come_back(tmp_path_factory, suffix, records) -> None:
    path = tmp_path_factory.mktemp("r") / f"r{suffix}"
    assert write_jsonl((r.as_dict() for r in records), path) == len(records)
    assert list(read_records(path)) == records


def test_the_fact_cannot_rename_the_record(tmp_path) -> None:
    record = Record("call", "p", {"kind": "other", "schema": 7, "problem": "q"})
    assert {k: record.as_dict()[k] for k in ("kind", "problem", "schema")} == {
        "kind": "call",
        "problem": "p",
        "schema": 1,
    }


@pytest.mark.parametrize(("suffix", "opener"), [("", open), (".gz", gzip.open), (".xz", lzma.open)])
def test_compressed_files_are_opened_by_suffix_and_blank_lines_skipped(tmp_path, suffix, opener) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    with opener(path, "wt", encoding="utf-8") as file:
        file.write('{"a": 1}\n\n  \n{"b": "\u2028ü"}')
    assert list(read_jsonl(path)) == [(1, {"a": 1}), (4, {"b": "\u2028ü"})]


@pytest.mark.parametrize(
    "bad", ["{", "[1]", "3", "null", "{'a': 1}", '{"a": ' + "9" * 5000 + "}", "[" * 100_000, "\ufeff{}"]
)
def test_a_bad_line_is_named_by_its_number(tmp_path, bad) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"a": 1}\n' + bad + "\n", encoding="utf-8")
    rows = read_jsonl(path)
    assert next(rows) == (1, {"a": 1})
    with pytest.raises(BadInput, match=r"a\.jsonl:2"):
        next(rows)


@pytest.mark.parametrize("name", ["gone.jsonl", "gone.jsonl.gz", "."])
def test_an_absent_file_is_bad_input(tmp_path, name) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        list(read_jsonl(tmp_path / name))


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".xz", lzma.compress)])
def test_damaged_archives_are_bad_input(tmp_path, suffix, pack) -> None:
    content = bytearray(pack("".join(json.dumps({"i": i, "t": str(i * i)}) + "\n" for i in range(3000)).encode()))
    for name, damaged in {
        "cut": content[: len(content) // 2],
        "none": b"not an archive",
        "flipped": bytes(b ^ 0x55 if i in range(200, 260) else b for i, b in enumerate(content)),
    }.items():
        path = tmp_path / f"{name}.jsonl{suffix}"
        path.write_bytes(bytes(damaged))
        with pytest.raises(BadInput):
            list(read_jsonl(path))
    path = tmp_path / "latin.jsonl"
    path.write_bytes(b'{"a": "\xff"}\n')
    with pytest.raises(BadInput):
        list(read_jsonl(path))


def test_a_file_appears_whole_or_not_at_all(tmp_path) -> None:
    path = tmp_path / "a.jsonl"
    write_jsonl([{"a": 1}], path)

    def rows():
        yield {"a": 2}
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_jsonl(rows(), path)
    assert [row for _, row in read_jsonl(path)] == [{"a": 1}]
    assert [p.name for p in tmp_path.iterdir()] == ["a.jsonl"]


@pytest.mark.parametrize("row", [{}, {"schema": 1}, {"schema": 2, "kind": "a"}, {"kind": "a"}])
def test_what_is_no_record_of_this_schema_is_refused(tmp_path, row) -> None:
    write_jsonl([row], tmp_path / "a.jsonl")
    with pytest.raises(BadInput, match=r"a\.jsonl:1.*schema 1"):
        list(read_records(tmp_path / "a.jsonl"))
