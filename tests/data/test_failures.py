"""From an evaluation's failures to repair examples, in Python and on the command line."""

import dataclasses
import itertools
import json

import numpy as np
import pytest
from click.testing import CliRunner

from unriddle.benchmarks import nursery
from unriddle.benchmarks.run import evaluate
from unriddle.candidate import Candidate
from unriddle.cli.data import data_command
from unriddle.data.failures import fix_examples
from unriddle.data.steps import example_record, read_examples
from unriddle.data.world import generate
from unriddle.data.world.rows import to_record
from unriddle.errors import BadInput, BadShape
from unriddle.execute import open_executor
from unriddle.prompt.nursery import SPECIAL_TOKENS, read_program
from unriddle.record import Record, read_records, write_jsonl
from unriddle.store import open_store

PROBLEMS = list(itertools.islice(generate(levels=(1,), split="train", seed=77), 3))
HELD_OUT = list(itertools.islice(generate(levels=(1,), split="held_out", seed=77), 2))


def programs(p):
    wrong = Candidate(f"{p.header}\n    return 'nothing <|end|> here'\n")
    raises = Candidate(f"{p.header}\n    return [][1]\n")
    return [wrong, Candidate(p.program), raises, wrong]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store whose first run judged programs for every problem."""
    path = tmp_path_factory.mktemp("store") / "runs.db"
    write_jsonl((to_record(p).as_dict() for p in [*PROBLEMS, *HELD_OUT]), path.with_name("problems.jsonl"))
    benchmark = nursery.load(path.with_name("problems.jsonl"))
    given = {p.id: programs(p) for p in [*PROBLEMS, *HELD_OUT]}
    with open_store(path) as opened, open_executor(workers=1) as executor, opened.begin("eval", "key", {}) as run:
        evaluation = evaluate(benchmark, given, executor=executor, run=run)
        run.finish({})
    return path, evaluation


def run(*args):
    return CliRunner().invoke(data_command, ["failures", *[str(arg) for arg in args]], standalone_mode=False)


def test_each_distinct_failure_makes_one_example(store):
    _, evaluation = store
    for p in PROBLEMS:
        verdicts = evaluation.per_problem[p.id].verdicts
        made = fix_examples(p, programs(p), verdicts)
        assert [one.task for one in made] == ["fix_counterexample"] * 2
        assert "gives 'nothing   here', expected" in made[0].prompt
        assert "raises IndexError in line 2" in made[1].prompt
        assert all(read_program(one.target, p.problem()) == p.program for one in made)
        for one in made:  # what the model wrote opens and closes nothing
            assert [one.prompt.count(mark) for mark in SPECIAL_TOKENS] == [
                1 if mark in ("<|statement|>", "<|program|>", "<|bug|>", "<|feedback|>") else 0
                for mark in SPECIAL_TOKENS
            ]
        assert fix_examples(p, programs(p), verdicts, most=1) == made[:1]
        assert fix_examples(p, [Candidate(p.program), Candidate("never run")], verdicts) == []
        assert "expected" not in fix_examples(p, programs(p), verdicts, kind="error")[0].prompt


def test_verdicts_on_other_tests_are_refused(store):
    _, evaluation = store
    p = PROBLEMS[0]
    verdicts = evaluation.per_problem[p.id].verdicts
    other = dataclasses.replace(p, hidden=tuple([(args, "another value") for args, _ in p.hidden]))
    with pytest.raises(BadInput, match="take the problems from the file that was judged"):
        fix_examples(other, programs(p), verdicts)
    with pytest.raises(BadShape, match="must have shape"):
        fix_examples(dataclasses.replace(p, hidden=p.hidden[:2]), programs(p), verdicts)


def test_the_command_writes_what_training_reads(store, tmp_path):
    path, evaluation = store
    out = tmp_path / "fixes.jsonl"
    result = run(1, "--problems", path.with_name("problems.jsonl"), "--store", path, "--out", out, "--json")
    assert result.exception is None
    document = json.loads(result.stdout)
    assert (document["schema"], document["rows"], document["problems"], document["run"]) == (1, 6, 3, 1)
    assert "2 of 5 problems are held out" in result.stderr
    wanted = [one for p in PROBLEMS for one in fix_examples(p, programs(p), evaluation.per_problem[p.id].verdicts)]
    found = list(read_examples(read_records(out)))
    assert sorted(found, key=repr) == sorted(wanted, key=repr)
    more = tmp_path / "more.jsonl"
    result = run(
        1, "--problems", path.with_name("problems.jsonl"), "--store", path, "--out", more, "--held-out", "--most", 1
    )
    assert "5 rows from 5 problems of run 1" in result.stdout


def test_bad_input_of_the_command_is_one_message_and_leaves_nothing(store, tmp_path):
    path, _ = store
    problems = path.with_name("problems.jsonl")
    held_out, others, empty = (tmp_path / name for name in ("held_out.jsonl", "others.jsonl", "empty.jsonl"))
    write_jsonl((to_record(p).as_dict() for p in HELD_OUT), held_out)
    write_jsonl(
        (to_record(p).as_dict() for p in itertools.islice(generate(levels=(2,), split="train", seed=3), 2)), others
    )
    write_jsonl([Record("example").as_dict()], empty)
    cases = [
        ([1, "--problems", held_out, "--store", path], "all 2 problems are held out"),
        ([1, "--problems", others, "--store", path], "judged none of its 2 problems"),
        ([1, "--problems", empty, "--store", path], "expected problems, found none"),
        ([1, "--problems", tmp_path / "none.jsonl", "--store", path], "cannot be read"),
        ([9, "--problems", problems, "--store", path], "there is no run 9"),
        ([1, "--problems", problems, "--store", tmp_path / "none.db"], "there is no run store here"),
    ]
    for args, message in cases:
        result = run(*args, "--out", tmp_path / "x.jsonl")
        assert isinstance(result.exception, BadInput), args
        assert message in str(result.exception)
    result = run(1, "--problems", problems, "--store", path, "--out", tmp_path / "no" / "x.jsonl")
    assert "does not exist" in str(result.exception)
    assert not (tmp_path / "x.jsonl").exists()
    assert not (tmp_path / "none.db").exists()


def test_examples_come_back_from_records():
    from unriddle.data.formats import FORMATS

    made = [one for p in PROBLEMS for one in FORMATS["fix_trace"](p, np.random.default_rng(0))]
    assert list(read_examples([Record("problem"), *map(example_record, made)])) == made
    with pytest.raises(BadInput, match="'target' is missing"):
        list(read_examples([Record("example", "p", {"prompt": "a", "task": "b"})]))
