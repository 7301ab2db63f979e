"""``unriddle choose``: exit codes, documents, oracle, answers, the keyboard."""

import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from unriddle.cli.main import main

BODIES = ["sorted(xs)[:k]", "sorted(xs)[-k:]", "xs[:k]", "sorted(xs, reverse=True)[:k]", "sorted(xs)[:k]", "xs.nope"]


def source(body):
    return f"def top(xs: list[int], k: int):\n    return {body}\n"


@pytest.fixture
def programs(tmp_path):
    path = tmp_path / "programs.jsonl"
    path.write_text("".join(json.dumps({"solution": source(body)}) + "\n" for body in BODIES))
    return path


@pytest.fixture
def choose(capsys):
    def run(*arguments):
        with pytest.raises(SystemExit) as caught:
            main(["choose", *map(str, arguments)])
        out, err = capsys.readouterr()
        return caught.value.code, out, err

    return run


def test_an_oracle_settles_it(choose, programs, tmp_path):
    oracle = tmp_path / "oracle.py"
    oracle.write_text("def top(xs, k):\n    ys = list(xs)\n    ys.sort()\n    ys.reverse()\n    return ys[:k]\n")
    code, out, _ = choose(programs, "--oracle", oracle, "--json")
    document = json.loads(out)
    assert code == 0
    assert document["schema"] == 1
    assert document["settled"]
    assert document["program"] == source(BODIES[3])
    assert document["n_programs"] == 6
    assert document["n_behaviours"] == 4
    assert document["n_silent"] == 1
    assert len(document["questions"]) <= 3
    assert document["isolation"].startswith("namespaces")


def test_an_oracle_that_disagrees_with_all(choose, programs, tmp_path):
    oracle = tmp_path / "oracle.py"
    oracle.write_text("def top(xs, k):\n    return 'something else'\n")
    code, out, _ = choose(programs, "--oracle", oracle)
    assert code == 1
    assert "no candidate is right" in out
    assert "def top" not in out


def test_written_answers(choose, programs, tmp_path):
    inputs = tmp_path / "inputs.jsonl"
    inputs.write_text("[[3, 1, 2], 2]\n")
    answers = tmp_path / "answers.txt"
    answers.write_text("[1, 3]\n[3, 1]\n")
    code, out, _ = choose(programs, "--inputs", inputs, "--generate", 0, "--no-shrink", "--answers", answers)
    assert code == 1  # [1, 3] is what none of them gives
    assert "no candidate is right" in out
    answers.write_text("[3, 1]\n")
    code, out, _ = choose(programs, "--inputs", inputs, "--generate", 0, "--no-shrink", "--answers", answers)
    assert code == 0
    assert out.startswith(source(BODIES[2]))
    assert all(line.startswith("#") for line in out.split("\n")[3:] if line)
    answers.write_text("?\n")
    code, out, _ = choose(programs, "--inputs", inputs, "--generate", 0, "--no-shrink", "--answers", answers)
    assert code == 1


def test_pairs_of_input_and_output(choose, programs, tmp_path):
    answers = tmp_path / "pairs.jsonl"
    answers.write_text('{"input": [[3, 1, 2], 2], "output": [3, 2]}\n')
    code, out, _ = choose(programs, "--answers", answers, "--json")
    assert (code, json.loads(out)["program"]) == (0, source(BODIES[3]))


def test_python_files_and_folders(choose, tmp_path):
    for i, body in enumerate(BODIES[:2]):
        (tmp_path / f"p{i}.py").write_text(source(body))
    answers = tmp_path / "a.txt"
    answers.write_text("q\n")
    code, out, _ = choose(tmp_path, "--answers", answers, "--json")
    document = json.loads(out)
    assert (code, document["why"], document["n_left"]) == (1, "stopped before it was settled", 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--oracle", "o.py", "--answers", "a.txt"], "got both"),
        (["--entry", "nope"], "no program defines"),
        (["--generate", "0"], "no inputs"),
        (["--noise", "0.7"], "noise"),
        (["--oracle", "a.txt"], "expected one Python file"),
    ],
)
def test_bad_usage(choose, programs, tmp_path, monkeypatch, arguments, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "o.py").write_text(source("xs"))
    (tmp_path / "a.txt").write_text("1\n")
    code, out, err = choose(programs, *arguments)
    assert (code, out) == (2, "")
    assert message in err


def test_no_programs(choose, tmp_path):
    empty = tmp_path / "empty.jsonl"
    empty.write_text("")
    code, _, err = choose(empty)
    assert code == 2
    assert "expected programs" in err


def interactive(programs, *arguments):
    """The command with a terminal for its input, and the other end of it."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", "from unriddle.cli.main import main; main()", "choose", str(programs), *arguments]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    os.close(theirs)
    return process, ours


def test_a_person_answers(programs, tmp_path):
    inputs = tmp_path / "inputs.jsonl"
    inputs.write_text("[[3, 1, 2], 2]\n")
    process, keyboard = interactive(programs, "--inputs", str(inputs), "--generate", "0", "--no-shrink")
    os.write(keyboard, b"what\n[3, 1]\n")
    out, err = process.communicate(timeout=60)
    os.close(keyboard)
    assert process.returncode == 0
    assert out.decode().startswith(source(BODIES[2]))
    shown = err.decode()
    assert "top([3, 1, 2], 2)" in shown
    assert "[2, 3]" in shown
    assert "expected 1 to" in shown


def test_the_end_of_input_stops(programs):
    command = [sys.executable, "-c", "from unriddle.cli.main import main; main()", "choose", str(programs)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False)
    assert done.returncode == 1
    assert b"stopped before it was settled" in done.stdout


def test_ctrl_c_keeps_what_was_found(programs):
    process, keyboard = interactive(programs)
    assert process.stderr is not None
    seen = b""
    deadline = time.monotonic() + 60
    while b"answer" not in seen and time.monotonic() < deadline:
        seen += os.read(process.stderr.fileno(), 4096)
    time.sleep(0.5)  # the prompt is shown a moment before the keyboard is read
    process.send_signal(signal.SIGINT)
    try:
        out, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        os.close(keyboard)
    assert process.returncode == 130
    assert out.decode().startswith("def top")
    assert "interrupted" in out.decode()
