"""The command ``unriddle diff``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from unriddle.cli.diff import diff_command
from unriddle.errors import BadInput

P = 'def middle(xs):\n    """\n    >>> middle([3, 1, 2])\n    2\n    """\n    return sorted(xs)[len(xs) // 2]\n'


@pytest.fixture
def programs(tmp_path: Path) -> tuple[str, str, str]:
    (tmp_path / "p.py").write_text(P)
    (tmp_path / "q.py").write_text(P.replace("sorted(xs)", "(sorted(xs) if len(xs) < 4 else xs)"))
    (tmp_path / "same.py").write_text(P.replace("return sorted(xs)", "return sorted(list(xs))"))
    return str(tmp_path / "p.py"), str(tmp_path / "q.py"), str(tmp_path / "same.py")


def _run(*args: str) -> Result:
    return CliRunner().invoke(diff_command, list(args), catch_exceptions=False, standalone_mode=False)


def test_a_difference_is_shown_with_both_outputs(programs: tuple[str, str, str]) -> None:
    result = _run(*programs[:2], "--seconds", "5")
    assert result.return_value == 0
    assert result.stdout.startswith("middle([")
    assert "p.py: returns " in result.stdout
    assert "they return different values" in result.stdout


def test_json_is_one_document(programs: tuple[str, str, str]) -> None:
    result = _run(*programs[:2], "--seconds", "5", "--json")
    told = json.loads(result.stdout)
    assert (told["schema"], told["different"]) == (1, True)
    (row,) = told["entries"]
    assert (row["entry"], row["category"], row["valid"]) == ("middle", "value", True)
    assert row["first"]["output"] != row["second"]["output"]


def test_when_none_is_found_coverage_is_told_and_the_code_is_1(programs: tuple[str, str, str]) -> None:
    result = _run(programs[0], programs[2], "--seconds", "1")
    assert result.return_value == 1
    assert "no difference found in" in result.stdout
    assert "p.py: 100% of the branches reached" in result.stdout


def test_inputs_of_the_user_come_first(programs: tuple[str, str, str], tmp_path: Path) -> None:
    result = _run(*programs[:2], "--input", "[4, 1, 2, 3]", "--no-shrink")
    assert result.stdout.startswith("middle([4, 1, 2, 3])")
    (tmp_path / "calls.jsonl").write_text("[[5, 5, 1, 0]]\n")
    assert (
        "middle([5, 5, 1, 0])" in _run(*programs[:2], "--inputs", str(tmp_path / "calls.jsonl"), "--no-shrink").stdout
    )


def test_calls_of_a_class_read_as_code(tmp_path: Path) -> None:
    source = "class C:\n    def __init__(self):\n        self.n = 0\n    def up(self):\n        self.n += 1\n"
    source += "        return self.n\n"
    (tmp_path / "p.py").write_text(source)
    (tmp_path / "q.py").write_text(source.replace("self.n += 1", "self.n = min(2, self.n + 1)"))
    result = _run(str(tmp_path / "p.py"), str(tmp_path / "q.py"), "--seconds", "4")
    assert result.stdout.startswith("it = C(); it.up(); it.up(); it.up()\n  p.py: returns [1, 2, 3]")


def test_bad_input_is_one_clear_message(programs: tuple[str, str, str], tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="named 'nope'; it has: middle"):
        _run(*programs[:2], "--entry", "nope")
    with pytest.raises(BadInput, match="expected arguments as in a call"):
        _run(*programs[:2], "--input", "x +")
    (tmp_path / "binary.py").write_bytes(b"\xff\xfe")
    with pytest.raises(BadInput, match=r"binary\.py: expected a Python file"):
        _run(programs[0], str(tmp_path / "binary.py"))
