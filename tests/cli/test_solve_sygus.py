"""``unriddle solve FILE.sl``: exit codes, the document, and what is written."""

import json

import pytest

from unriddle.cli.main import main

TASK = """(set-logic SLIA)
(synth-fun f ((x String)) String
    ((s String (x " " (str.++ s s) (str.at s i) (str.substr s i i))) (i Int (0 1 (str.len s) (str.indexof s s i)))))
(constraint (= (f "Ada Love") "Ada"))
(constraint (= (f "Bobby Fox") "Bobby"))
(check-synth)
"""


@pytest.fixture
def solve(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "first.sl"

    def run(text, *arguments):
        path.write_text(text)
        with pytest.raises(SystemExit) as caught:
            main(["solve", str(path), *map(str, arguments)])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return run


def test_answer_is_shown_as_python_and_sygus(solve):
    code, out, _ = solve(TASK)
    assert code == 0
    assert "def f(x: str) -> str:" in out
    assert '# SyGuS: (define-fun f ((x String)) String (str.substr x 0 (str.indexof x " " 0)))' in out
    exec(out, names := {})
    assert names["f"]("To Ho") == "To"


def test_document(solve):
    code, out, _ = solve(TASK, "--json")
    document = json.loads(out)
    assert (code, document["schema"], document["problem"], document["solved"]) == (0, 1, "first", True)
    assert document["tests"] == {"passed": 2, "known": 2}
    assert document["sygus"].startswith("(define-fun f ((x String)) String ")
    assert set(document["spent"]) == {"candidates", "tokens", "runs", "cpu_seconds", "seconds"}
    assert len(document["differ"]) == len(document["runners_up"])


@pytest.mark.parametrize(("name", "begins"), [("a.py", "def _substr"), ("a.sl2", "(define-fun f")])
def test_out_takes_its_form_from_the_name(solve, tmp_path, name, begins):
    code, _, err = solve(TASK, "--out", tmp_path / name)
    assert code == 0
    assert (tmp_path / name).read_text().startswith(begins)
    assert "wrote the answer" in err


def test_not_solved_is_exit_code_1_and_nothing_is_written(solve, tmp_path):
    code, out, err = solve(TASK.replace('"Bobby"', '"zebra"'), "--cpu-seconds", 0.3, "--out", tmp_path / "a.py")
    assert code == 1
    assert "# not solved: first" in out
    assert "was not written" in err
    assert not (tmp_path / "a.py").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (TASK.replace("(check-synth)", "(check-synth"), ":6:1: this parenthesis is never closed"),
        (TASK.replace("SLIA", "UFDT"), "the logic 'UFDT' is not supported"),
        (TASK.replace('"Bobby Fox"', '"Ada Love"'), ":5:13: this example contradicts the one in line 4"),
        ("", "synth-fun"),
    ],
)
def test_bad_files_are_exit_code_2_and_one_line(solve, text, said):
    code, out, err = solve(text)
    assert (code, out) == (2, "")
    assert said in err
    assert "Traceback" not in err


def test_formula_is_shown_and_the_check_can_be_left_out(solve):
    code, out, _ = solve(TASK, "--no-check")
    assert code == 0
    assert '# formula: =IFERROR(LEFT(A1,IFERROR(FIND(" ",A1)-1,-1)),"") (with x in A1)' in out
    document = json.loads(solve(TASK, "--no-check", "--json")[1])
    assert document["formula"].startswith("=IFERROR(LEFT(A1,")
    assert document["checked"] is None
