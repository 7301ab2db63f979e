import json

import numpy as np
import pytest

from unriddle.benchmarks.evalplus import load
from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.execute import open_executor
from unriddle.language.python import signature
from unriddle.language.values import decode
from unriddle.lm import ScriptedLM
from unriddle.methods._evalplus_kills import contract_lines
from unriddle.methods._evalplus_rows import reference_of, row_of
from unriddle.methods.evalplus import augment, reduce_inputs
from unriddle.problem import CallTest, Returns
from unriddle.testgen.lm_inputs import read_inputs
from unriddle.testgen.validated import Reference

MEDIAN = """def median(xs):
    "The middle value."
    assert xs, "not empty"
    xs = sorted(xs)
    n = len(xs)
    if n % 2:
        return xs[n // 2]
    return (xs[n // 2 - 1] + xs[n // 2]) / 2
"""
WRONG = MEDIAN.replace("xs = sorted(xs)", "xs = sorted(set(xs))")


@pytest.fixture(scope="module")
def executor():
    with open_executor(workers=2) as running:
        yield running


def reference(source=MEDIAN, entry="median", known=(([1],), ([3, 1, 2],), ([1, 2],))):
    return Reference("T/0", entry, source, signature(source, entry), tuple(known))


@pytest.fixture(scope="module")
def median(executor):
    return augment([reference()], n=80, executor=executor, rng=np.random.default_rng(0), n_mutants=15)[0]


def judged(executor, program, augmented):
    tests = [
        CallTest(augmented.reference.entry, args, expect=Returns(decode(value)))
        for args, value in zip(augmented.inputs, augmented.values, strict=True)
    ]
    return executor.run([Candidate(program)], tests)


def test_the_reference_passes_and_a_program_that_the_known_inputs_miss_fails(executor, median):
    assert median.inputs[: median.n_known] == (([1],), ([3, 1, 2],), ([1, 2],))
    assert len(median.inputs) == 80
    assert judged(executor, MEDIAN, median).solved()[0]
    wrong = judged(executor, WRONG, median)
    assert wrong.passed[0, :3].all()
    assert not wrong.solved()[0]


def test_inputs_meet_the_contract(median):
    assert all(xs for (xs,) in median.inputs)
    assert median.domain == ()
    assert median.found.n_refused > 0


def test_a_few_inputs_keep_the_branches_and_the_mutants(median):
    few = reduce_inputs(median, keep_known=False)
    assert len(few) <= 8
    assert (median.killed[few].any(axis=0) == median.killed.any(axis=0)).all()
    assert (median.covered.taken[few].any(axis=0) == median.covered.taken.any(axis=0)).all()
    assert set(range(3)) <= set(reduce_inputs(median))
    with pytest.raises(BadInput, match="80"):
        reduce_inputs(median, wrong=[[True]])


def test_without_a_contract_new_inputs_share_what_the_known_ones_have_in_common(executor):
    source = "def half(n):\n    return n // 2\n"
    known = [(2,), (8,), (10,), (5,)]
    careful, free = (
        augment([reference(source, "half", known)], n=30, executor=executor, rng=np.random.default_rng(0),
                guess_domain=guess)[0]
        for guess in (True, False)
    )  # fmt: skip
    assert all(n >= 1 for (n,) in careful.inputs)
    assert "n is at least 1" in careful.domain
    assert any(n < 1 for (n,) in free.inputs)


def test_the_same_seed_makes_the_same_inputs_whatever_the_other_tasks_are(executor):
    other = reference("def g(s: str):\n    return s[::-1]\n", "g", [("ab",)])
    one, two = (
        augment(refs, n=20, executor=executor, rng=np.random.default_rng(5), n_mutants=3)[0].inputs
        for refs in ([reference()], [reference(), other])
    )
    assert one == two


def test_a_language_model_may_write_seeds(executor):
    lm = ScriptedLM(["```\n[7, 7, 7, 9]\n[]\nnot a literal\n```"], repeat=True)
    found = augment([reference()], n=20, executor=executor, rng=np.random.default_rng(0), n_mutants=0, lm=lm)[0]
    assert ([7, 7, 7, 9],) in found.inputs


def test_answers_are_read_as_literals_only():
    assert read_inputs("[1], 'a'\n__import__('os')\n(2,), 'b' # c\n") == [([1], "a"), ((2,), "b")]


def test_contract_lines_are_the_asserts_at_the_start():
    assert contract_lines(reference()) == {3}
    assert contract_lines(reference("def f(x):\n    y = x\n    assert y\n", "f")) == set()


@pytest.mark.parametrize("options", [{"n": 0}, {"n": 5, "n_found": 3}, {"n_mutants": -1}])
def test_bad_numbers_are_refused(executor, options):
    with pytest.raises(BadInput, match="augment"):
        augment([reference()], executor=executor, rng=np.random.default_rng(0), **options)


def run(monkeypatch, capsys, *arguments):
    from unriddle.cli.main import main

    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    return ended.value.code, capsys.readouterr()


def test_the_command_writes_an_evalplus_file_that_our_reader_judges_with(executor, tmp_path, monkeypatch, capsys):
    out = tmp_path / "strong.jsonl"
    code, said = run(
        monkeypatch, capsys, "strengthen", "humaneval", "--tasks", "0,53", "-n", 30, "--mutants", 5, "-o", out, "--json"
    )
    document = json.loads(said.out)
    assert code == 0
    assert document["schema"] == 1
    assert set(document["tasks"]) == {"HumanEval/0", "HumanEval/53"}
    assert document["tasks"]["HumanEval/53"]["added"] >= 20
    benchmark = load(out, executor=executor, cache=tmp_path / "kept")
    task = benchmark.task("HumanEval/53")
    assert executor.run([Candidate(task.reference)], task.hidden).solved()[0]
    assert not (tmp_path / "strong.jsonl.part").exists()


def test_the_tolerance_of_a_row_goes_through(executor, tmp_path):
    row = {
        "task_id": "HumanEval/32",
        "prompt": 'def find_zero(xs: list):\n    """A root."""\n',
        "entry_point": "find_zero",
        "canonical_solution": "    return -xs[0] / xs[1]\n",
        "contract": "    assert len(xs) == 2\n",
        "base_input": [[[-10, -2]]],
        "plus_input": [],
        "atol": 1e-4,
        "test": "",
    }
    path = tmp_path / "one.jsonl"
    path.write_text(json.dumps(row) + "\n")
    (task,) = load(path, executor=executor, cache=tmp_path / "kept").tasks
    made = row_of(task, reference_of(task), [([-10, -2],)], [([4, 2],)])
    assert made["atol"] == 1e-4  # the oracle of this task is a condition and has no equality to read it from
    assert made["contract"] == row["contract"]


def test_an_interrupted_run_goes_on(tmp_path, monkeypatch, capsys):
    out, part = tmp_path / "x.jsonl", tmp_path / "x.jsonl.part"
    arguments = ("strengthen", "humaneval", "--tasks", "53,0", "-n", 20, "--mutants", 0, "-o", out, "--json")
    with monkeypatch.context() as patch:
        patch.setattr("unriddle.cli.strengthen._CHUNK", 1)
        calls = []

        def stop(*args, **kwargs):
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt
            return augment(*args, **kwargs)

        patch.setattr("unriddle.methods.evalplus.augment", stop)
        code, _ = run(monkeypatch, capsys, *arguments)
    assert code == 130
    assert part.is_file()
    assert not out.exists()
    code, said = run(monkeypatch, capsys, *arguments)
    assert code == 0
    assert "1 tasks kept" in said.err
    assert len(out.read_text().splitlines()) == 2


def test_tasks_that_cannot_be_strengthened_are_named(tmp_path, monkeypatch, capsys):
    problem = tmp_path / "p.py"
    problem.write_text('def f(x):\n    """Add one.\n\n    >>> f(1)\n    2\n    """\n')
    code, said = run(monkeypatch, capsys, "strengthen", problem, "-o", tmp_path / "o.jsonl")
    assert code == 1
    assert "there is no reference program" in said.err
    right = tmp_path / "right.py"
    right.write_text("def f(x):\n    return x + 1\n")
    code, said = run(
        monkeypatch, capsys, "strengthen", problem, "--reference", right, "-n", 20, "-o", tmp_path / "o.jsonl"
    )
    assert code == 0
    assert "1 known and 19 new inputs" in said.out


def test_the_suite_command_tells_what_tests_are_worth(tmp_path, monkeypatch, capsys):
    program, tests = tmp_path / "median.py", tmp_path / "test_median.py"
    program.write_text(MEDIAN)
    tests.write_text("from median import median\ndef test_odd():\n    assert median([3, 1, 2]) == 2\n")
    code, said = run(monkeypatch, capsys, "suite", program, tests, "--mutants", 20, "--json")
    document = json.loads(said.out)
    assert code == 0
    assert 0 < document["mutation_score"] < 1
    assert {row["line"] for row in document["missed"]} == {6}
    code, said = run(monkeypatch, capsys, "suite", program, tests, "--mutants", 5, "--inputs", 0, "--at-least", 1)
    assert code == 1
    assert "below 1" in said.out
    code, said = run(monkeypatch, capsys, "suite", program, tmp_path / "absent.py")
    assert code == 2
