"""Tests that import a module beside them run with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from unriddle.contracts import Executor
from unriddle.errors import BadProblem
from unriddle.execute import open_executor
from unriddle.pose.repair import measure
from unriddle.pose.repair_helpers import helpers_of
from unriddle.pose.repair_tests import read_tests

PROGRAM = "def double(x):\n    return x + 3\n"
TESTS = """from __future__ import annotations
from helper import three
import prog

def test_a():
    assert prog.double(three()) == 6

def test_b():
    assert prog.double(2) == 4
"""


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    with open_executor(workers=1) as made:
        yield made


def test_helpers_and_what_they_import_are_sent_along(tmp_path: Path, executor: Executor) -> None:
    (tmp_path / "helper.py").write_text("from deeper import one\nimport prog\n\ndef three():\n    return one + 2\n")
    (tmp_path / "deeper.py").write_text("from __future__ import annotations\nimport helper\none = 1\n")
    (tmp_path / "prog.py").write_text("raise RuntimeError\n")
    (tmp_path / "test_prog.py").write_text(TESTS)
    assert list(helpers_of(TESTS, tmp_path, module="prog")) == ["deeper", "helper"]
    assert helpers_of(TESTS, tmp_path, module="fixed") == {}, "prog is what is tested, and it is not that"
    read = read_tests(tmp_path / "test_prog.py", program=PROGRAM, module="prog")
    found = measure(PROGRAM, read.tests, executor=executor)
    assert found.failing == ("test_b",)


def test_a_file_that_is_not_python_is_named(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("def (:\n")
    (tmp_path / "test_prog.py").write_text(TESTS)
    with pytest.raises(BadProblem, match=r"helper\.py, line 1: expected Python source"):
        read_tests(tmp_path / "test_prog.py", program=PROGRAM, module="prog")
    (tmp_path / "test_prog.py").write_text("def (:\n")
    with pytest.raises(BadProblem, match=r"test_prog\.py, line 1: expected Python source"):
        read_tests(tmp_path / "test_prog.py", program=PROGRAM, module="prog")
