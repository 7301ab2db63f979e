"""The recorded runs of Codex on the puzzles: pass@k of every prompt, and the recorded programs as candidates.

The recording keeps the programs that solved a puzzle, each with its count, and the puzzle's own source; the programs
that did not are only counted. The bootstrapped run keeps one program per puzzle and the failures before it, so its
pass@k is one run's number and no unbiased estimate.
Not covered: running the model again.
"""

from __future__ import annotations

import ast
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from unriddle.benchmarks.metrics import pass_at_k
from unriddle.candidate import Candidate
from unriddle.errors import BadInput, BadProblem
from unriddle.language import python
from unriddle.language.typecheck import check_annotation
from unriddle.problem import CallTest, Problem, Satisfies

__all__ = ["Experiment", "Solved", "read_recording", "recorded_program", "recorded_puzzle"]

_IMPORTS = "from typing import *\n\n\n"


@dataclass(frozen=True, slots=True)
class Solved:
    """One puzzle in one recorded experiment.

    Attributes:
        source: The puzzle, a function ``f``.
        bodies: Distinct solutions with their counts: bodies of ``g``, expressions (short prompts), or whole functions
            (bootstrapping).
        failures: Samples before the first success, in the bootstrapped run; ``None`` otherwise or when unsolved.
    """

    source: str
    bodies: tuple[tuple[str, int], ...]
    failures: int | None = None

    @property
    def n_solved(self) -> int:
        """How many samples solved it."""
        return sum(count for _, count in self.bodies)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One recorded experiment.

    Attributes:
        name: ``short``, ``med``, ``long`` or ``bootstrap``.
        n: Samples per puzzle.
        puzzles: ``(p,)``.
        published: pass@k as recorded, by k.
    """

    name: str
    n: int
    puzzles: tuple[Solved, ...]
    published: Mapping[int, float]

    def pass_at(self, k: int) -> float:
        """pass@k over the puzzles, computed from the counts (from first successes in the bootstrapped run)."""
        if self.name == "bootstrap":
            return float(np.mean([p.failures is not None and p.failures < k for p in self.puzzles]))
        return float(pass_at_k(self.n, [p.n_solved for p in self.puzzles], k).mean())


def read_recording(path: str | Path) -> list[Experiment]:
    """The experiments of a recording (``results_397_cushman_codex_1k_full.json.gz``).

    Raises:
        BadInput: The file cannot be read, or is no such recording.
    """
    try:
        with gzip.open(path, "rt", encoding="utf-8") as file:
            rows = json.load(file)
        return [_experiment(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        raise BadInput(f"{path}: expected recorded results of the puzzles, as gzipped JSON ({error!r})") from error


def _experiment(row: Mapping[str, Any]) -> Experiment:
    return Experiment(
        str(row["experiment"]),
        int(row["n"]),
        tuple(_solved(one) for one in row["sat_sols"]),
        {int(k): float(value) for k, value in row["pass@k"]},
    )


def _solved(row: Mapping[str, Any]) -> Solved:
    if "failures" in row or "n_sols" not in row:
        program, failures = row.get("sol"), row.get("failures")
        if not program:
            return Solved(row["sat"], (), None)
        return Solved(row["sat"], ((str(program), 1),), int(failures if failures is not None else 0))
    return Solved(row["sat"], tuple((str(body), int(count)) for body, count in row["sol_counts"]))


def recorded_puzzle(source: str, *, name: str) -> Problem:
    """The problem a recorded puzzle poses; programs define ``g``, and may call ``f``.

    Raises:
        BadProblem: The source has no function ``f`` whose first parameter has a supported annotation.
    """
    node = python.definition(source, "f", what=name)
    arguments = node.args.args if isinstance(node, ast.FunctionDef) else []
    if not arguments or arguments[0].annotation is None:
        raise BadProblem(f"{name}: expected a function f whose first parameter says the answer's type")
    kind = ast.unparse(arguments[0].annotation)
    check_annotation(kind)
    whole = python.signature(source, "f")
    signature = type(whole)("g", whole.parameters[1:], "")
    test = CallTest("g", expect=Satisfies(_IMPORTS + source, "f", type=kind), name="sat")
    return Problem(name, "", signature, f"{_IMPORTS}{signature.header()}\n", (test,), "puzzle", meta={"sat": source})


def recorded_program(problem: Problem, body: str) -> Candidate:
    """A recorded solution as a program that defines ``g`` beside the puzzle's ``f``."""
    head = f"{_IMPORTS}{problem.meta['sat']}\n\n\n"
    if body.lstrip("\n").startswith("def "):
        return Candidate(head + body.lstrip("\n"), proposer="recorded")
    if not body.startswith(("\n", " ", "\t")):
        body = f"    return {body}"
    return Candidate(f"{head}{problem.signature.header()}\n{body.strip(chr(10))}\n", proposer="recorded")
