"""Feedback from reading the program without running it: what pyflakes sees, and on request what mypy says of types.

Useful before any test fails for a telling reason: a name that is nowhere bound, a variable that is never used, an
argument of the wrong type. Not covered: style, and what imports mean (mypy does not follow them).
"""

from __future__ import annotations

import ast
import json
import resource
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Feedback
from unriddle.errors import MissingExtra
from unriddle.verdicts import Verdicts

__all__ = ["Remark", "remarks", "static_checks"]

_SECONDS = 20
_MEMORY = 2 << 30
_LONGEST = 200_000
"""Characters of a program that are read; longer ones get no remarks."""


@dataclass(frozen=True, slots=True)
class Remark:
    """What a checker says about a line.

    Attributes:
        line: The line, from 1.
        said_by: ``syntax``, ``pyflakes`` or ``mypy``.
        message: In the checker's words.
    """

    line: int
    said_by: str
    message: str


def static_checks(*, types: bool = False, most: int = 5) -> Feedback:
    """A ``Feedback`` with the first remarks, one a line; empty where there is none.

    Args:
        types: Ask mypy as well, which takes a second or more.
        most: How many are shown.

    Raises:
        MissingExtra: pyflakes (or mypy) is not installed.
    """

    def text(candidate: Candidate, verdicts: Verdicts) -> str:
        found = remarks(candidate.source, types=types)[:most]
        return "\n".join(f"line {remark.line}: {remark.message} ({remark.said_by})" for remark in found)

    return text


def remarks(source: str, *, types: bool = False) -> list[Remark]:
    """Everything the checkers say, in order of lines. A program that does not parse has one remark, and a very long one
    none.

    Args:
        source: The program; it is read and not run.
        types: Ask mypy as well.

    Raises:
        MissingExtra: pyflakes (or mypy) is not installed.
    """
    for name, wanted in (("pyflakes", True), ("mypy", types)):
        if wanted and find_spec(name) is None:
            raise MissingExtra("static checking", "unriddle[check]")
    if len(source) > _LONGEST:
        return []
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        return [Remark(error.lineno or 1, "syntax", error.msg or "invalid syntax")]
    except (ValueError, RecursionError, MemoryError) as error:
        return [Remark(1, "syntax", str(error) or "too deeply nested to be read")]
    found = _by_pyflakes(tree) + (_by_mypy(source) if types else [])
    return sorted(found, key=lambda remark: (remark.line, remark.said_by, remark.message))


def _by_pyflakes(tree: ast.Module) -> list[Remark]:
    from pyflakes.checker import Checker

    try:
        messages: list[Any] = Checker(tree, filename="candidate.py").messages
    except RecursionError:
        return []
    return [Remark(m.lineno, "pyflakes", m.message % m.message_args) for m in messages]


def _by_mypy(source: str) -> list[Remark]:
    """What mypy says in a process of its own, with limits; nothing where it does not come to an end."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "candidate.py").write_text(source, encoding="utf-8", errors="replace")
        options = ["--output=json", "--follow-imports=skip", "--ignore-missing-imports", "--no-site-packages"]
        options += ["--check-untyped-defs", "--config-file=", f"--cache-dir={folder}/cache", "--no-incremental"]
        try:
            done = subprocess.run(
                [sys.executable, "-I", "-m", "mypy", *options, "candidate.py"],
                cwd=folder,
                env={"HOME": folder, "PATH": ""},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=_SECONDS,
                check=False,
                preexec_fn=_limit,
            )
        except subprocess.TimeoutExpired:
            return []
    said = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return [Remark(int(one["line"]), "mypy", str(one["message"])) for one in said if one.get("severity") == "error"]


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
