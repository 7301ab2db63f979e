"""``unriddle trace`` for real in the sandbox: terminal, JSON, page, exit codes, and one clear line for mistakes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from unriddle.cli.main import main

PROGRAM = (
    "def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return a\ndef hang():\n    while True:\n        pass\n"
)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def unriddle(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Run the command in this process, in a folder with ``gcd.py``: ``(exit code, stdout, stderr)``."""
    monkeypatch.chdir(tmp_path)
    Path("gcd.py").write_text(PROGRAM, encoding="utf-8")

    def call(*words: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as end:
            main(list(words))
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


def test_on_a_terminal(unriddle: Run) -> None:
    code, out, err = unriddle("trace", "gcd.py", "gcd(12, 18)")
    assert (code, err) == (0, "")
    assert out.splitlines()[:4] == [
        "1  -> gcd(a = 12, b = 18)",
        "2  while b:",
        "3  a, b = b, a % b    # a = 18, b = 12",
        "2  while b:",
    ]
    assert out.splitlines()[-1] == "returned 6"


def test_json_page_and_blocks(unriddle: Run) -> None:
    code, out, err = unriddle("trace", "gcd.py", "gcd(12, 18)", "--json", "--html", "page.html")
    document = json.loads(out)
    assert (code, document["schema"], document["value"]) == (0, 1, "6")
    assert "page.html" in err
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    code, out, _ = unriddle("trace", "gcd.py", "gcd(1, 0)", "--blocks")
    assert (code, out.splitlines()[0], out.splitlines()[-1]) == (0, "[BLOCK-0]", "returned 1")


def test_what_does_not_end_is_shown_so_far(unriddle: Run) -> None:
    code, out, _ = unriddle("trace", "gcd.py", "hang()", "--max-events", "50", "--most", "4")
    assert code == 1
    assert "46 events left out" in out
    assert out.splitlines()[-1].startswith("stopped after the most events")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["gcd.py", "gcd(1"], "expected one Python expression"),
        (["none.py", "f()"], "none.py: cannot be read"),
        (["bad.py", "f()"], "bad.py, line 1: expected Python source"),
        (["gcd.py", "gcd(1, 0)", "--events", "opcode"], "--events: expected some of"),
        (["gcd.py", "gcd(1, 0)", "--html", "no/page.html"], "not a folder one can write to"),
        (["gcd.py", "gcd(1, 0)", "--html", "gcd.py"], "would be overwritten"),
    ],
)
def test_mistakes(unriddle: Run, words: list[str], message: str) -> None:
    Path("bad.py").write_text("def f(:\n", encoding="utf-8")
    code, out, err = unriddle("trace", *words)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1
    assert Path("gcd.py").read_text(encoding="utf-8") == PROGRAM
