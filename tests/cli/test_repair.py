"""``unriddle locate`` and ``unriddle repair`` for real: terminal, JSON, files, exit codes, one line for mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from unriddle.cli.main import main

GCD = "def gcd(a, b):\n    if b == 0:\n        return a\n    else:\n        return gcd(a % b, b)  # recursion\n"
TESTS = (
    "import pytest\nfrom gcd import gcd\n\ndef test_zero():\n    assert gcd(7, 0) == 7\n\n"
    "@pytest.mark.parametrize('a, b, c', [(12, 18, 6), (5, 7, 1)])\n"
    "def test_some(a, b, c):\n    assert gcd(a, b) == c\n"
)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def unriddle(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command in this process, in a folder with ``gcd.py``: ``(exit code, stdout, stderr)``."""
    monkeypatch.chdir(tmp_path)
    Path("gcd.py").write_text(GCD, encoding="utf-8")
    Path("test_gcd.py").write_text(TESTS, encoding="utf-8")

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(words))
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


def test_locate_on_a_terminal_and_as_json(unriddle: Run) -> None:
    code, out, err = unriddle("locate", "gcd.py", "--tests", "test_gcd.py")
    assert (code, err) == (0, "")
    marked = next(line for line in out.splitlines() if "recursion" in line)
    assert marked.split()[:5] == ["#1", "2", "fail", "0", "pass|"]
    assert out.splitlines()[-1] == "2 of 3 tests fail: test_some[0], test_some[1]"
    code, out, _ = unriddle("locate", "gcd.py", "--tests", "test_gcd.py", "--json", "--formula", "dstar")
    document = json.loads(out)
    assert (code, document["schema"], document["formula"]) == (0, 1, "dstar")
    assert document["lines"][0] == {"line": 5, "score": None, "rank": [1, 1], "failing": 2, "passing": 0, "raised": 2}


def test_repair_writes_the_program_and_leaves_the_file(unriddle: Run) -> None:
    code, out, _ = unriddle("repair", "gcd.py", "--tests", "test_gcd.py", "--out", "fixed.py", "--seconds", "30")
    assert code == 0
    assert "+        return gcd(b, a % b)  # recursion\n" in out
    assert "all 3 tests pass" in out
    assert Path("fixed.py").read_text(encoding="utf-8") == GCD.replace("gcd(a % b, b)", "gcd(b, a % b)")
    assert Path("gcd.py").read_text(encoding="utf-8") == GCD
    code, out, _ = unriddle("repair", "fixed.py", "--tests", "test_gcd.py", "--json")
    assert code == 2, "the tests import gcd, which is not there"
    Path("gcd.py").write_text(Path("fixed.py").read_text(encoding="utf-8"), encoding="utf-8")
    code, out, _ = unriddle("repair", "gcd.py", "--tests", "test_gcd.py", "--json")
    document = json.loads(out)
    assert (code, document["repaired"], document["why"]) == (0, False, "nothing to repair: all 3 tests pass")
    assert unriddle("locate", "gcd.py", "--tests", "test_gcd.py")[0] == 1


def test_rows_and_a_search_that_finds_nothing(unriddle: Run) -> None:
    Path("rows.jsonl").write_text('[[12, 18], 6]\n[[7, 0], 7]\n[[5, 7], "no"]\n', encoding="utf-8")
    code, out, _ = unriddle("repair", "gcd.py", "--tests", "rows.jsonl", "--json", "--seconds", "1", "--out", "new.py")
    document = json.loads(out)
    assert (code, document["repaired"], document["diff"], document["source"]) == (1, False, "", None)
    assert document["baseline"]["failing"] == ["row 1", "row 3"]
    assert not Path("new.py").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("locate", "none.py", "--tests", "test_gcd.py"), "none.py"),
        (("repair", "gcd.py", "--tests", "none.py"), "none.py"),
        (("repair", "gcd.py", "--tests", "gcd.py"), "no test"),
        (("repair", "broken.py", "--tests", "test_gcd.py"), "line 1"),
        (("repair", "gcd.py", "--tests", "test_gcd.py", "--out", "gcd.py"), "would be overwritten"),
        (("repair", "gcd.py", "--tests", "test_gcd.py", "--out", "no/where.py"), "create it first"),
        (("repair", "gcd.py", "--tests", "rows.jsonl"), "expected JSON"),
    ],
)
def test_mistakes_are_one_line(unriddle: Run, words: tuple[str, ...], message: str) -> None:
    Path("broken.py").write_text("def gcd(a, b:\n", encoding="utf-8")
    Path("rows.jsonl").write_text("[[1], \n", encoding="utf-8")
    code, out, err = unriddle(*words)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert Path("gcd.py").read_text(encoding="utf-8") == GCD
