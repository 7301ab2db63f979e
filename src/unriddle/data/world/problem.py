"""WorldProblem: one generated problem with everything known about it.

Not covered: being a task of a benchmark (``unriddle.benchmarks.nursery``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from unriddle.problem import CallTest, Parameter, Problem, Returns, Signature

__all__ = ["LEVELS", "Case", "Difficulty", "Split", "WorldProblem"]

LEVELS = (1, 2, 3, 4, 5)
"""The levels there are."""

Split = Literal["train", "held_out"]
"""Which side of the split a problem is on."""

Case = tuple[tuple[Any, ...], Any]
"""Arguments and the value the reference returns for them."""


@dataclass(frozen=True, slots=True)
class Difficulty:
    """How hard a problem is, as measured.

    Attributes:
        n_nodes: Ideas in its structure.
        depth: How deep they are nested.
        n_lines: Lines of the reference below its header.
        n_mutants: Mutants of the reference that were run.
        n_killed: How many of them the hidden tests tell from the reference.
        pass_rate: Share of a reference model's programs that pass; ``None`` until one was asked.
    """

    n_nodes: int
    depth: int
    n_lines: int
    n_mutants: int
    n_killed: int
    pass_rate: float | None = None


@dataclass(frozen=True, slots=True)
class WorldProblem:
    """A generated problem.

    Args:
        id: Its name; the behaviour decides it, so equal ids mean equal behaviour.
        level: 1 to 5.
        statement: What is wanted, in words.
        header: The ``def`` line.
        body: What stands below it in the reference; helpers follow at column 0.
        entry: Name of the function.
        params: Names and types of the arguments.
        returns: The type returned.
        examples: The visible cases.
        hidden: The cases that decide.
        structure: The tree of ideas without constants and names.
        plan: The steps in words, in the order of the program.
        mutants: Programs (whole sources) with one mistake that a hidden case shows.
        difficulty: How hard it is.
        seed: Seed of the stream it came from.
        behaviour: Fingerprint of the signature and the outputs on its common bank.
    """

    id: str
    level: int
    statement: str
    header: str
    body: str
    entry: str
    params: tuple[tuple[str, str], ...]
    returns: str
    examples: tuple[Case, ...]
    hidden: tuple[Case, ...]
    structure: str
    plan: tuple[str, ...]
    mutants: tuple[str, ...]
    difficulty: Difficulty
    seed: int
    behaviour: int

    @property
    def program(self) -> str:
        """The reference program."""
        return f"{self.header}\n{self.body}"

    @property
    def types(self) -> tuple[str, ...]:
        """Types of the arguments; they name the common bank."""
        return tuple([kind for _, kind in self.params])

    @property
    def ideas(self) -> tuple[str, ...]:
        """The distinct ideas of the structure, sorted.

        They are the names in it: ``sum:l(first:l(list[int]))`` has ``first:l``, ``list[int]`` and ``sum:l``.
        """
        return ideas_of(self.structure)

    def problem(self, *, n_examples: int | None = None) -> Problem:
        """The problem as an ordinary one, with its visible cases as tests.

        Args:
            n_examples: How many visible cases at most; ``None`` for all.
        """
        signature = Signature(self.entry, tuple([Parameter(name, kind) for name, kind in self.params]), self.returns)
        return Problem(self.id, self.statement, signature, tests=self.tests(self.examples[:n_examples], "example"))

    def tests(self, cases: tuple[Case, ...], label: str) -> tuple[CallTest, ...]:
        """Cases as tests named ``label[0]``, ``label[1]``, …"""
        return tuple(
            [CallTest(self.entry, args, expect=Returns(value), name=f"{label}[{j}]")
             for j, (args, value) in enumerate(cases)]
        )  # fmt: skip


def ideas_of(structure: str) -> tuple[str, ...]:
    """The distinct names in a structure, sorted.

    >>> ideas_of("sum:l(first:l(list[int]))")
    ('first:l', 'list[int]', 'sum:l')
    """
    return tuple(sorted(set(structure.replace("(", ",").replace(")", ",").split(",")) - {""}))
