import json
import math
from pathlib import Path

import pytest

from unriddle.benchmarks import mathqa
from unriddle.benchmarks.base import read_samples
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.problem import CallTest, CodeTest, Equality, Returns

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "mathqa-python-mbxp" / "multilingual_mathqa"
ROW = {
    "task_id": "MathQA/0",
    "language": "python",
    "prompt": 'def problem():\n    """\n    how much is n0 + n1 ? n0 = 1.0 n1 = 2.0\n    """\n',
    "canonical_solution": "    n0 = 1.0\n    n1 = 2.0\n    return n0 + n1\n",
    "entry_point": "problem",
    "test": "import math\ndef compare(x, y):\n    return math.fabs(x-y)<1e-8\ncandidate = problem\n"
    "assert compare(candidate(), 3.0)\ndef check(x): pass\n",
    "description": "how much is n0 + n1 ?",
}


def load(tmp_path, **change):
    path = tmp_path / "mathqa.jsonl"
    path.write_text(json.dumps({**ROW, **change}))
    return mathqa.load(path)


def test_the_answer_is_one_hidden_call_with_the_published_tolerance(tmp_path):
    (task,) = load(tmp_path).tasks
    (test,) = task.hidden
    assert isinstance(test, CallTest)
    assert test.expect == Returns(3.0, Equality("close", atol=math.nextafter(1e-8, 0)))
    assert task.problem.tests == ()
    assert "3.0" not in task.problem.stub


def test_another_comparison_stays_code(tmp_path):
    (task,) = load(tmp_path, test=ROW["test"].replace("1e-8", "1e-3")).tasks
    assert isinstance(task.hidden[0], CodeTest)


def test_right_and_wrong_programs_are_told_apart_in_both_forms(tmp_path):
    for test in (ROW["test"], ROW["test"].replace("1e-8", "1e-3")):
        bench = load(tmp_path, test=test)
        programs = [
            bench.program(0, {"completion": f"    return {x}"}) for x in ("3", "3 + 1e-9", "3.01", "'3'", "None")
        ]
        with open_executor(workers=1) as executor:
            ((_, verdicts),) = bench.judge({"MathQA/0": programs}, executor=executor)
        assert verdicts.solved().tolist() == [True, True, False, False, False]


def test_bad_rows_say_where(tmp_path):
    with pytest.raises(BadInput, match=r"line 1: expected text under 'entry_point'"):
        load(tmp_path, entry_point=None)


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/mathqa-python-mbxp")
@pytest.mark.slow
def test_published_references_pass_but_for_those_that_need_scipy():
    bench = mathqa.load(SHARED / "mathqa-test-python_v1.jsonl.xz")
    assert len(bench) == 1883
    with open_executor(workers=2) as executor:
        candidates = {task.problem.id: [Candidate(task.reference)] for task in bench.tasks}
        failed = {key for key, verdicts in bench.judge(candidates, executor=executor) if not verdicts.solved().all()}
    assert all("scipy" in bench.task(key).reference for key in failed)
    assert len(failed) <= 28
    samples = read_samples(SHARED / "examples" / "python_samples.jsonl.xz", bench)
    assert len(samples) == 1883
