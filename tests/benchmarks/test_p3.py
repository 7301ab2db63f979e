import json
from pathlib import Path

import pytest

from unriddle.benchmarks import p3
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data" / "p3" / "puzzles"
ROWS = [
    {
        "name": "Evens:0",
        "sat": "def sat(li: List[int], n=3):\n    return len(li) == n and all(i % 2 == 0 for i in li)",
        "ans_type": "List[int]",
        "sol_header": "def sol(n=3):",
        "sol_docstring": '    """Find n even numbers."""',
        "sol_bodies": ["    return [2] * n", "    return [0] * n"],
        "module": "m.py",
        "notes": "",
        "weight": 1.0,
    },
    {
        "name": "Evens:1",
        "sat": "def sat(li: List[int], n=4):\n    return len(li) == n",
        "ans_type": "List[int]",
        "sol_header": "def sol(n=4):",
        "sol_docstring": "",
        "sol_bodies": [],
    },
    {"name": "Big:0", "sat": f"def sat(x: int, n={'9' * 5000}):\n    return x == n", "ans_type": "int"}
    | {"sol_header": f"def sol(n={'9' * 5000}):", "sol_bodies": ["    return n"]},
]


@pytest.fixture
def file(tmp_path):
    (tmp_path / "split.json").write_text(json.dumps({"train": ["Evens"], "test": ["Big"]}))
    path = tmp_path / "puzzles.json"
    path.write_text(json.dumps(ROWS))
    return path


def test_rows_become_puzzles(file):
    first, second, _ = p3.load(file).tasks
    assert first.problem.kind == "puzzle"
    assert first.problem.signature.header() == "def sol(n=3):"
    assert first.problem.statement == "Find n even numbers."
    assert first.problem.meta["template"] == "Evens"
    assert first.problem.tests == first.hidden
    assert first.reference.endswith("    return [2] * n\n")
    assert second.reference == ""
    assert "[2] * n" not in repr(first.problem)


def test_splits_and_instances_choose_puzzles(file):
    assert [p.id for p in p3.load(file, split="train")] == ["Evens:0", "Evens:1"]
    assert [p.id for p in p3.load(file, instances="first")] == ["Evens:0", "Big:0"]
    with pytest.raises(BadInput, match="it has: train, test"):
        p3.load(file, split="dev")
    with pytest.raises(BadInput, match="'all' or 'first'"):
        p3.load(file, instances="some")


def test_only_a_true_verdict_on_an_answer_of_the_exact_type_counts(file):
    bench = p3.load(file)
    bodies = ["[2] * n", "(2, 2, 2)", "[2, 2, True]", "[2.0] * 3", "[2, 2, 3]", "[2, 2, 4]"]
    programs = [bench.program("Evens:0", {"completion": f"    return {body}\n"}) for body in bodies]
    with open_executor(workers=2) as executor:
        ((_, verdicts),) = bench.judge({"Evens:0": programs}, executor=executor)
    assert verdicts.solved().tolist() == [True, False, False, False, False, True]


def test_integers_beyond_the_decimal_limit_can_be_read_and_solved(file):
    bench = p3.load(file)
    with open_executor(workers=1) as executor:
        ((_, verdicts),) = bench.judge({"Big:0": [Candidate(bench.task("Big:0").reference)]}, executor=executor)
    assert verdicts.solved().all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sat": None}, "expected text under 'sat'"),
        ({"sat": "def sat(x:"}, "the verifier, line 1"),
        ({"sat": "def other(x): ..."}, "named 'sat'; it has: other"),
        ({"sol_bodies": "x"}, "expected a list of str"),
        ({"sol_header": "def sol("}, "expected Python source"),
    ],
)
def test_bad_rows_say_where(tmp_path, change, message):
    path = tmp_path / "puzzles.json"
    path.write_text(json.dumps([ROWS[0], {**ROWS[1], **change}]))
    with pytest.raises(BadInput, match=rf"puzzles\.json, puzzle 1: .*{message}"):
        p3.load(path)


def test_a_file_that_is_not_a_list_of_puzzles_is_refused(tmp_path):
    path = tmp_path / "puzzles.json"
    path.write_text('{"a": 1}')
    with pytest.raises(BadInput, match="expected a list of puzzles, got dict"):
        p3.load(path)
    with pytest.raises(BadInput, match="cannot be read"):
        p3.load(tmp_path / "absent.json")


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data/p3")
@pytest.mark.slow
def test_bundled_solutions_are_accepted_and_trivial_constants_mostly_not():
    bench = p3.load(SHARED / "puzzles.json.xz", split="train", instances="first")
    solved = [task for task in bench.tasks if task.reference]
    constants = ["0", "1", "''", "[]", "None", "True"]
    with open_executor(workers=2) as executor:
        candidates = {task.problem.id: [Candidate(task.reference)] for task in solved}
        failed = {key for key, verdicts in bench.judge(candidates, executor=executor) if not verdicts.solved().all()}
        trivial = {p.id: [bench.program(p.id, {"completion": f"    return {c}\n"}) for c in constants] for p in bench}
        easy = sum(bool(verdicts.solved().any()) for _, verdicts in bench.judge(trivial, executor=executor))
    # FivePowers' verifier writes an integer of more than 4,300 digits as text, which Python refuses.
    assert failed <= {"FivePowers:0"}
    assert (len(bench), len(solved)) == (155, 145)
    assert easy <= 10
