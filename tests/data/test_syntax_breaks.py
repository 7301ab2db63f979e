"""Programs broken on purpose."""

import json
from collections import Counter

import numpy as np
import pytest

from unriddle.data.syntax_breaks import (
    OPERATORS,
    break_program,
    break_programs,
    functions_in,
    library_files,
    side_of,
)
from unriddle.data.syntax_records import read_syntax_records, record_of, write_syntax_records
from unriddle.errors import BadInput
from unriddle.language.syntax_error import syntax_problem

PROGRAM = '''def f(items, limit=10):
    """Add up."""
    total = 0
    for item in items:
        if item >= limit and not total == 3:
            total += 1
        elif item in (1, 2):
            print("two", item * 2)
        else:
            pass
    return total
'''


@pytest.mark.parametrize("operator", OPERATORS)
def test_every_mistake_can_be_made_and_does_not_compile(operator):
    broken = break_program(PROGRAM, operator, rng=np.random.default_rng(0), group="g")
    assert broken is not None
    assert syntax_problem(PROGRAM) is None
    assert syntax_problem(broken.source) == broken.problem is not None
    assert broken.original == PROGRAM
    assert (broken.operator, broken.group) == (operator, "g")
    differing = [
        n for n, (a, b) in enumerate(zip(PROGRAM.split("\n"), broken.source.split("\n"), strict=False), 1) if a != b
    ]
    assert broken.line == differing[0]


@pytest.mark.parametrize(
    ("operator", "wanted"),
    [
        ("missing_colon", "x\n    y"),
        ("else_if", "else if"),
        ("increment", "total++"),
        ("print_statement", 'print "two", item * 2'),
        ("braces", "{"),
        ("c_operators", "!total == 3"),
        ("curly_quotes", "“two”"),
    ],
)
def test_a_mistake_looks_as_people_make_it(operator, wanted):
    source = "if x:\n    y\n" if operator == "missing_colon" else PROGRAM
    made = [break_program(source, operator, rng=np.random.default_rng(seed)).source for seed in range(8)]
    assert any(wanted in text for text in made)


def test_the_same_seed_breaks_the_same_way_and_mistakes_are_spread():
    first = break_programs([("a", PROGRAM)], rng=np.random.default_rng(1), n=60)
    assert first == break_programs([("a", PROGRAM)], rng=np.random.default_rng(1), n=60)
    assert len({b.source for b in first}) == len(first) == 60
    assert max(Counter(b.operator for b in first).values()) <= 4


def test_a_program_without_a_place_is_left_alone():
    assert break_program("x = 1\n", "else_if", rng=np.random.default_rng(0)) is None
    assert break_programs([("a", "x = 1\n")], rng=np.random.default_rng(0), n=5, operators=["else_if"]) == []


def test_an_unknown_mistake_is_refused():
    with pytest.raises(BadInput, match="no mistake named 'typo'"):
        break_program(PROGRAM, "typo", rng=np.random.default_rng(0))


def test_functions_are_cut_out_whole():
    source = "class A:\n    def f(self):\n        a = 1\n        return a\n\n    def g(self): ...\n"
    assert list(functions_in(source)) == ["def f(self):\n    a = 1\n    return a\n"]
    assert list(functions_in("def (")) == []


def test_files_keep_their_side(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\n")
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "b.py").write_text("x = 1\n")
    (tmp_path / "c.py").write_bytes(b"\xff")
    assert library_files(tmp_path) == [("a.py", "x = 1\n")]
    sides = Counter(side_of(f"file{k}.py") for k in range(3000))
    assert sides["train"] == pytest.approx(1200, abs=100)
    assert sides["test"] == pytest.approx(900, abs=100)


def test_records_keep_the_published_form():
    broken = break_program(PROGRAM, "missing_colon", rng=np.random.default_rng(0))
    record = record_of(broken, name="g1", partition="testing", feedback="a colon")
    text = write_syntax_records([record])
    row = json.loads(text)[0]
    assert set(row) == {
        "annotation", "bad_program_EventID", "buggy_program", "parser_output", "partition", "python_major",
    }  # fmt: skip
    assert set(row["parser_output"]) == {"error_line", "error_offset", "error_text", "error_type", "source"}
    assert row["annotation"] == [{"feedback": "a colon", "fixed_program": PROGRAM}]
    assert read_syntax_records(text) == [record]


@pytest.mark.parametrize("text", ["{", "{}", '["x"]', '[{"buggy_program": "x"}]'])
def test_other_documents_are_refused(text):
    with pytest.raises(BadInput, match="broken program"):
        read_syntax_records(text)
