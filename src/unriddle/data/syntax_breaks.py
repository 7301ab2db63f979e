"""Broken programs whose right version is known: mistakes that beginners make, put into programs that compile.

Not covered: several mistakes in one program (break a broken one again), and mistakes of meaning.
"""

from __future__ import annotations

import ast
import hashlib
import sysconfig
import textwrap
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from unriddle.data._break_layout import LAYOUT
from unriddle.data._break_words import WORDS, Text
from unriddle.errors import BadInput
from unriddle.language.loose_tokens import loose_tokens
from unriddle.language.syntax_error import SyntaxProblem, syntax_problem

__all__ = ["OPERATORS", "BrokenProgram", "break_program", "break_programs", "functions_in", "library_files", "side_of"]

OPERATORS = tuple(sorted({**WORDS, **LAYOUT}))
"""Names of the mistakes."""

Side = Literal["train", "calibration", "test"]


@dataclass(frozen=True, slots=True)
class BrokenProgram:
    """A program with a mistake, and the program before it was made.

    Attributes:
        source: It does not compile.
        original: It does.
        operator: Name of the mistake.
        line: Line of the mistake in ``source``.
        problem: What the parser says.
        group: Where the original is from; programs of one group stay together when data are split.
    """

    source: str
    original: str
    operator: str
    line: int
    problem: SyntaxProblem
    group: str = ""


def break_program(source: str, operator: str, *, rng: np.random.Generator, group: str = "") -> BrokenProgram | None:
    """The program with one mistake of this name at a place drawn at random; ``None`` when it has no such place.

    Args:
        source: A program that compiles.
        operator: One of ``OPERATORS``.
        rng: Draws the place.
        group: Kept with the result.

    Raises:
        BadInput: There is no such mistake.
    """
    sites = {**WORDS, **LAYOUT}.get(operator)
    if sites is None:
        raise BadInput(
            f"break_program: there is no mistake named {operator!r}; it must be one of {', '.join(OPERATORS)}"
        )
    found = list(sites(Text(source, loose_tokens(source))))
    for k in rng.permutation(len(found))[:20]:
        broken = source
        for start, end, text in sorted(found[k], reverse=True):
            broken = broken[:start] + text + broken[end:]
        problem = syntax_problem(broken)
        if problem is not None:
            line = source.count("\n", 0, min(start for start, _, _ in found[k])) + 1
            return BrokenProgram(broken, source, operator, line, problem, group)
    return None


def break_programs(
    programs: Sequence[tuple[str, str]],
    *,
    rng: np.random.Generator,
    n: int,
    operators: Sequence[str] = OPERATORS,
) -> list[BrokenProgram]:
    """``n`` broken programs, the mistakes as equally often as the programs allow, no two the same.

    Args:
        programs: Group and source of each.
        rng: Draws programs and places.
        n: How many; fewer when the programs have not so many places.
        operators: The mistakes to make.
    """
    made: dict[str, BrokenProgram] = {}
    for turn in range(max(1, 6 * n // max(1, len(operators)))):
        for operator in operators:
            for _ in range(8):
                group, source = programs[int(rng.integers(len(programs)))]
                broken = break_program(source, operator, rng=rng, group=group)
                if broken is not None and broken.source not in made:
                    made[broken.source] = broken
                    break
            if len(made) >= n:
                return list(made.values())
        if turn > 3 and len(made) < turn:
            break
    return list(made.values())


def functions_in(source: str, *, least: int = 3, most: int = 40) -> Iterator[str]:
    """The functions and methods of a file as programs of their own, without their indentation.

    Args:
        source: A file; one that does not compile has none.
        least: Lines of the shortest.
        most: Lines of the longest.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    lines = source.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            if not least <= node.end_lineno - node.lineno + 1 <= most:
                continue
            text = textwrap.dedent("\n".join(lines[node.lineno - 1 : node.end_lineno])) + "\n"
            if "\t" not in text and syntax_problem(text) is None:
                yield text


def library_files(folder: Path | None = None) -> list[tuple[str, str]]:
    """Name and source of the files of the interpreter's own library, without its tests; sorted by name.

    Args:
        folder: Another folder of Python files instead.
    """
    root = folder or Path(sysconfig.get_paths()["stdlib"])
    skipped = {"test", "tests", "idle_test", "lib2to3", "site-packages", "__pycache__", "turtledemo", "dist-packages"}
    found = []
    for path in sorted(root.rglob("*.py")):
        name = path.relative_to(root)
        if skipped.isdisjoint(name.parts) and path.stat().st_size < 300_000:
            try:
                found.append((str(name), path.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError):
                continue
    return found


def side_of(group: str, *, shares: Iterable[float] = (0.4, 0.3, 0.3)) -> Side:
    """On which side of the split a file stands: by a hash of its name, so that it never changes sides.

    >>> side_of("abc.py") == side_of("abc.py")
    True
    """
    train, calibration, _ = shares
    at = int.from_bytes(hashlib.blake2b(group.encode(), digest_size=8).digest(), "big") / 2**64
    return "train" if at < train else "calibration" if at < train + calibration else "test"
