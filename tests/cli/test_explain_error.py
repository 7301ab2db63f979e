"""``unriddle explain-error``: exit codes, output, odd files."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from unriddle.cli.explain_error import explain_error_command
from unriddle.cli.main import main
from unriddle.errors import BadInput

BROKEN = "def f(x)\n    return x\n"


@pytest.fixture
def run(tmp_path):
    def call(content, *arguments):
        path = tmp_path / "program.py"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        result = CliRunner().invoke(explain_error_command, [str(path), *arguments], standalone_mode=False)
        if result.exception:
            raise result.exception
        assert path.read_bytes() == (content if isinstance(content, bytes) else content.encode())
        return result.return_value, result.stdout

    return call


def test_a_sentence_and_what_changed(run):
    code, out = run(BROKEN)
    assert code == 0
    assert out.startswith("In line 1 at its end, a colon `:` is missing.\n")
    assert "-def f(x)\n+def f(x):\n" in out


def test_the_whole_program(run, tmp_path):
    code, out = run(BROKEN, "--program", "--out", str(tmp_path / "fixed.py"))
    assert (code, out) == (0, "def f(x):\n    return x\n")
    assert (tmp_path / "fixed.py").read_text() == out


def test_one_document(run):
    code, out = run(BROKEN, "--json")
    document = json.loads(out)
    assert code == 0
    assert document["schema"] == 1
    assert document["shown"] is True
    assert document["source"] == "def f(x):\n    return x\n"
    assert document["error"] == {"message": "expected ':'", "line": 1, "column": 9}
    assert document["certified_precision"] >= 0.9


def test_nothing_is_said_when_not_sure_enough(run):
    text = "x = first second\n"
    code, out = run(text, "--precision", "0.95", "--json")
    document = json.loads(out)
    assert code == 1
    assert (document["shown"], document["source"], document["explanation"], document["edits"]) == (
        False,
        None,
        None,
        [],
    )
    assert "not sure enough for precision 0.95" in document["why"]
    assert run(text, "--precision", "0.95") == (1, "")
    assert run(text, "--precision", "0")[0] == 0


def test_a_precision_that_no_threshold_has(run):
    code, out = run(BROKEN, "--precision", "0.99999", "--json")
    assert code == 1
    assert "ask for less" in json.loads(out)["why"]


@pytest.mark.parametrize("text", ["", "x = 1\n", "# nothing\n", "\ufeffx = 1\r\ny = 2\r\n"])
def test_a_program_that_parses_needs_nothing(run, text):
    code, out = run(text, "--json")
    assert code == 0
    assert json.loads(out)["why"] == "there is no syntax error"
    assert json.loads(out)["error"] is None


@pytest.mark.parametrize("content", [b"\x00\x01", b"\xff\xfe\x00", b"x = '\xe9'\n"])
def test_binary_files_are_refused(run, content):
    with pytest.raises(BadInput):
        run(content)


@pytest.mark.parametrize("text", ["-" * 200_000 + "1", "(" * 400, "x = " + "[" * 150 + "\n"])
def test_deep_nesting_is_survived(run, text):
    code, out = run(text, "--json")
    assert code in (0, 1)
    assert json.loads(out)["error"] is not None


@pytest.mark.parametrize(
    "text",
    [
        "if x:\n\ty = 1\n        z = 2\n    w = 3\n",
        "def f(:\n  if x\n    retrun )\n",
        "x = '''abc\ny = 1\n",
        "é = = 1\n",
        "\f)",
    ],
)
def test_odd_programs_give_an_answer_or_none(run, text):
    code, out = run(text, "--json")
    document = json.loads(out)
    assert code == (0 if document["shown"] else 1)


def test_a_file_of_ten_thousand_lines(run):
    lines = [f"def f{k}(x):\n    return x * {k}\n" for k in range(5000)]
    lines[4000] = "def f4000(x):\n    retrun x * 4000\n"
    code, out = run("".join(lines), "--json")
    assert code == 0
    assert json.loads(out)["explanation"].startswith("In line 8002, `retrun` must be `return`")


def test_a_missing_file_and_an_unwritable_out_are_bad_input(run, tmp_path):
    with pytest.raises(BadInput):
        CliRunner().invoke(
            explain_error_command, [str(tmp_path / "none.py")], standalone_mode=False, catch_exceptions=False
        )
    with pytest.raises(BadInput, match="create it first"):
        run(BROKEN, "--out", str(tmp_path / "no" / "x.py"))
    with pytest.raises(BadInput, match="would be overwritten"):
        run(BROKEN, "--out", str(tmp_path / "program.py"))


def test_the_command_line_ends_with_its_code(tmp_path, capsys):
    path = tmp_path / "a.py"
    path.write_text(BROKEN)
    with pytest.raises(SystemExit) as stop:
        main(["explain-error", str(path)])
    assert stop.value.code == 0
    with pytest.raises(SystemExit) as stop:
        main(["explain-error", str(path), "--precision", "2"])
    assert stop.value.code == 2


def test_the_program_is_never_run(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("open('made', 'w')\nraise SystemExit(7)\nx = (\n")
    done = subprocess.run(
        [sys.executable, "-m", "unriddle.cli.main", "explain-error", str(path)], cwd=tmp_path, check=False
    )
    assert done.returncode != 7
    assert not (tmp_path / "made").exists()


def test_an_explanation_that_never_leads_back_is_not_shown(run):
    text = 'def f():\n    """Doc.\n    x = 1\n    return x\n\nprint(f())\n'
    code, out = run(text, "--json")
    document = json.loads(out)
    assert (code, document["shown"], document["source"], document["agreeing"]["same"]) == (1, False, None, 0)
    assert "none of 10 repairs" in document["why"]
    assert run(text, "--precision", "0")[0] == 0


def test_nan_is_no_precision(run):
    with pytest.raises(BadInput, match="--precision: expected a number"):
        run(BROKEN, "--precision", "nan")


def test_line_ends_are_kept(run, tmp_path):
    run("\ufeffdef f(x)\r\n    return x\r\n", "--out", str(tmp_path / "fixed.py"))
    assert (tmp_path / "fixed.py").read_bytes() == "\ufeffdef f(x):\r\n    return x\r\n".encode()
