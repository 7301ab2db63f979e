"""The experiment of LDB: its checks find planted faults, its replay drives the real loop, and data is read."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from unriddle.budget import Budget
from unriddle.candidate import Candidate
from unriddle.execute import open_executor
from unriddle.execute.trace import outermost, steps, trace
from unriddle.lab import ldb
from unriddle.lab._ldb_recorded import benchmark
from unriddle.lab._ldb_traces import first_difference, locate_mutants, segment_faults, traced_faults
from unriddle.lab._replay_model import RecordedPrograms
from unriddle.lab.base import Context
from unriddle.methods.ldb import LDB
from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
SOURCE = "def f(xs):\n    s = 0\n    for x in xs:\n        s += x\n    return s\n"
PROBLEM = Problem("f", "Sum.", Signature("f", (Parameter("xs"),)), tests=(CallTest("f", ([1, 2],), expect=Returns(3)),))


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=1) as opened:
        yield opened


def test_without_the_recordings_nothing_is_claimed():
    (only,) = ldb.experiment("small", seed=0, context=Context())
    assert only.held is None
    assert "folder ldb" in only.note


def test_planted_faults_in_blocks_are_found(executor):
    seen = trace(SOURCE, "f([1, 2])", executor=executor)
    assert segment_faults(seen) == []
    assert traced_faults(SOURCE, "f([1, 2])", executor) == ([], True)
    assert traced_faults("def f(", "f(1)", executor) == ([], False)
    (place,) = [i for i, scope in enumerate(seen.scopes) if scope.name == "f"]
    scope = seen.scopes[place]
    twice = dataclasses.replace(scope.blocks[0], lines=(2, 3))
    missing = dataclasses.replace(scope.blocks[0], lines=())
    for block, told in ((twice, "line 3 lies in 2 blocks"), (missing, "line 2 lies in 0 blocks")):
        bad = dataclasses.replace(scope, blocks=(block, *scope.blocks[1:]))
        scopes = (*seen.scopes[:place], bad, *seen.scopes[place + 1 :])
        assert told in segment_faults(dataclasses.replace(seen, scopes=scopes))


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [("s = 0", "s = 1", 2), ("s += x", "s -= x", 4), ("in xs", "in xs[1:]", 3), ("return s", "return -s", 5)],
)
def test_the_first_difference_is_where_the_mistake_is(executor, old, new, line):
    right, wrong = (trace(text, "f([1, 2])", executor=executor) for text in (SOURCE, SOURCE.replace(old, new)))
    cut = steps(wrong, calls=outermost(wrong))
    assert line in cut[first_difference(steps(right, calls=outermost(right)), cut)].lines
    assert first_difference(cut, cut) == -1


def test_mutants_are_placed(executor):
    found = locate_mutants([(SOURCE.rstrip(), "f([1, 2])")] * 3, n=4, executor=executor, rng=np.random.default_rng(1))
    assert found.n == 4
    assert found.first >= 3
    assert 0 < found.chance < 4


def test_the_replay_gives_recorded_programs_only_for_requests(executor):
    wrong = SOURCE.replace("s = 0", "s = 1")
    model = RecordedPrograms([wrong.replace("1", "2"), SOURCE, "never asked for"])
    found = LDB(model, executor)(PROBLEM, budget=Budget(), start=[Candidate(wrong)])
    assert (found.solved, found.candidate.source, found.spent.candidates) == (True, SOURCE, 3)
    assert found.candidate.meta["answers"] == ("(the verdicts were not recorded)",)


def test_differing_verdicts_are_named():
    assert ldb._differing(["a", "b"], [True, False], [True, False]) == "every verdict as recorded"
    text = ldb._differing(["a", "b"], [True, False], [False, True])
    assert text == "right only here: 1 (a); right only in the recording: 1 (b)"
    assert "9 (0, 1, 2, 3, 4, 5, 6, 7, ...)" in ldb._differing(list("012345678"), [True] * 9, [False] * 9)


def test_the_recorded_problems_are_read():
    if not (DATA / "ldb").is_dir():
        pytest.skip("shared/data/ldb is not here")
    problems = benchmark(DATA / "ldb", "humaneval")
    assert len(problems) == 164
    assert len(problems.task("HumanEval/97").problem.tests) == 4
    assert all(task.hidden for task in problems.tasks)
