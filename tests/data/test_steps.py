import itertools

import numpy as np
import pytest

from unriddle.data.steps import distinct, on_side, to_examples
from unriddle.data.world import LEVELS, generate
from unriddle.data.world.rows import from_record, to_record
from unriddle.errors import BadInput
from unriddle.record import Record, read_records, write_jsonl

PROBLEMS = list(itertools.islice(generate(levels=LEVELS, split="train", seed=7), 60))
HELD_OUT = list(itertools.islice(generate(levels=(1,), split="held_out", seed=7), 5))


def test_problems_survive_a_file(tmp_path):
    path = tmp_path / "world.jsonl"
    write_jsonl((to_record(p).as_dict() for p in PROBLEMS), path)
    assert [from_record(record) for record in read_records(path)] == PROBLEMS


def test_steps_are_lazy_and_pass_other_records():
    note = Record("note", "", {"text": "x"})

    def endless():
        yield note
        yield from itertools.cycle(map(to_record, PROBLEMS[:3]))

    assert list(itertools.islice(distinct(endless()), 4)) == [note, *map(to_record, PROBLEMS[:3])]
    both = [note, *map(to_record, PROBLEMS), *map(to_record, HELD_OUT)]
    assert list(on_side(both, split="held_out")) == [note, *map(to_record, HELD_OUT)]
    assert list(on_side(both, split="train")) == [note, *map(to_record, PROBLEMS)]
    rng = np.random.default_rng(0)
    made = list(itertools.islice(to_examples(endless(), formats=["program_plain"], rng=rng), 3))
    assert [record.kind for record in made] == ["note", "example", "example"]
    assert set(made[1].data) == {"task", "prompt", "target"}


def test_wrong_records_and_formats_are_refused():
    with pytest.raises(BadInput, match="no format called 'poem'"):
        to_examples([], formats=["poem"], rng=np.random.default_rng(0))
    with pytest.raises(BadInput, match="kind 'problem'"):
        from_record(Record("call"))
    with pytest.raises(BadInput, match="not a problem of the world"):
        from_record(Record("problem", "x", {"level": 1}))
    row = to_record(PROBLEMS[0])
    with pytest.raises(BadInput, match="ValueError"):
        from_record(Record("problem", "x", {**row.data, "hidden": [{"args": "open('x')", "value": "1"}]}))
