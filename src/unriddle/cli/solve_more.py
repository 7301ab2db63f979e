"""What ``unriddle solve`` adds to an answer from examples: other programs that fit, told apart, and a formula.

Not covered: answers to puzzles and answers of language models to problems whose tests are no typed examples.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from unriddle.errors import Unsupported

if TYPE_CHECKING:
    from unriddle.candidate import Candidate
    from unriddle.contracts import Executor
    from unriddle.outcome import Limits
    from unriddle.pose.differ import Differs
    from unriddle.pose.table import Table
    from unriddle.problem import Problem
    from unriddle.solver import Solution

__all__ = ["More", "more_about"]

_MAX_TRIED = 30_000
_N_OTHERS = 3


@dataclass(frozen=True, slots=True)
class More:
    """Additions to an answer.

    Attributes:
        others: Other programs that fit every example.
        differs: For each an input on which it and the answer differ, if one was found.
        formula: For a table, the formula for its second line; empty when there is none.
        no_formula: Why there is none; empty where none was asked for.
        entry: Name of the function.
    """

    others: tuple[Candidate, ...]
    differs: tuple[Differs | None, ...]
    formula: str
    no_formula: str
    entry: str

    def add_to(self, document: dict[str, Any]) -> None:
        """Put it into the ``--json`` document: ``runners_up``, ``differ`` and, for a table, ``formula``."""
        document["runners_up"] = [other.source for other in self.others]
        document["differ"] = [
            None if one is None else {"args": _plain(one[0]), "answer": one[1], "runner_up": one[2]}
            for one in self.differs
        ]
        if self.formula or self.no_formula:
            document["formula"] = self.formula or None

    def lines(self) -> list[str]:
        """The same for a person."""
        made = [f"formula for line 2: {self.formula}"] if self.formula else [self.no_formula] if self.no_formula else []
        for other, one in zip(self.others, self.differs, strict=True):
            made.append(f"also fits: {_body(other.source)}")
            if one is not None:
                call = f"{self.entry}({', '.join(map(repr, one[0]))})"
                made.append(f"  but {call} is {one[1]} by the answer and {one[2]} by the runner-up")
        return made


def more_about(
    problem: Problem, solution: Solution, *, table: Table | None, executor: Executor, limits: Limits
) -> More | None:
    """Additions to an answer; ``None`` when it is no answer, or none from typed examples.

    Args:
        problem: What was asked.
        solution: What was found.
        table: The table, if the problem came from one.
        executor: Where programs run.
        limits: Per call.
    """
    from unriddle.propose.list_programs import can_list_programs

    if solution.candidate is None or not solution.solved or (table is None and not can_list_programs(problem)):
        return None
    from unriddle.pose.differ import differences

    others = _others(problem, solution, table is not None, executor, limits)
    differs = differences(problem, solution.candidate, others, executor=executor, limits=limits)
    chosen = sorted(zip(others, differs, strict=True), key=lambda pair: pair[1] is None)[:_N_OTHERS]
    formula, why = _formula(table, solution.candidate.source)
    return More(tuple(o for o, _ in chosen), tuple(d for _, d in chosen), formula, why, problem.entry)


def _others(
    problem: Problem, solution: Solution, enumerates: bool, executor: Executor, limits: Limits
) -> Sequence[Candidate]:
    """Programs beside the answer that pass every test: those of the search, and of an enumeration for a table."""
    from unriddle.propose.enumerate import Enumerate, can_enumerate

    assert solution.candidate is not None
    passed = {name for name, good in zip(solution.verdicts.candidates, solution.verdicts.solved(), strict=True) if good}
    found = {c.id: c for c in solution.runners_up if c.id in passed}
    if enumerates and can_enumerate(problem):
        proposer = Enumerate(problem, max_tried=_MAX_TRIED)
        asked = [c for _ in range(2 * _N_OTHERS) for c in proposer.ask(1)]
        fresh = [c for c in asked if c.id not in found and c.id != solution.candidate.id]
        if fresh:
            rows = executor.run(fresh, problem.tests, limits=limits)
            found.update({c.id: c for c, good in zip(fresh, rows.solved(), strict=True) if good})
    return list(found.values())


def _formula(table: Table | None, source: str) -> tuple[str, str]:
    if table is None:
        return "", ""
    from unriddle.pose.table_formula import table_formula

    try:
        return table_formula(table, source), ""
    except Unsupported as error:
        return "", str(error)


def _body(source: str) -> str:
    """What the program returns, where it is one expression; else its last line."""
    return source.rstrip().rpartition("\n")[2].strip().removeprefix("return ")


def _plain(args: Sequence[Any]) -> Any:
    return json.loads(json.dumps(args, default=repr))
