"""What a search for programs found, and how it is kept in a file so that an interrupted search goes on.

Not covered: several processes writing one file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput
from unriddle.grammar.array_program import ArrayProgram, abstract_execute
from unriddle.grammar.array_text import read_program, show_program
from unriddle.propose.aging import Aging, Improvement
from unriddle.whole_file import write_whole

__all__ = ["History", "keep", "load", "summary"]

_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class History:
    """What an evolution of array programs found.

    Attributes:
        start: The program it began with.
        improvements: Every program better than all before it, with when it came; the start is the first.
        top: ``(fitness, program)`` of the best programs with different keys, best first.
        n_children: Children made.
        n_evaluated: Fitness values measured.
        n_known: Children whose fitness was known by their key.
        n_restarts: Restarts from the best program.
        n_statements: Statements of the members at the end, in all.
        n_live: Those of them that an output depends on.
    """

    start: ArrayProgram
    improvements: tuple[Improvement[ArrayProgram], ...]
    top: tuple[tuple[float, ArrayProgram], ...]
    n_children: int
    n_evaluated: int
    n_known: int
    n_restarts: int
    n_statements: int
    n_live: int

    @property
    def best(self) -> Improvement[ArrayProgram]:
        """The best program."""
        return self.improvements[-1]

    @property
    def hit_rate(self) -> float:
        """Share of children whose fitness was known."""
        return self.n_known / max(1, self.n_children)

    @property
    def redundant(self) -> float:
        """Share of the members' statements that no output depends on."""
        return 1 - self.n_live / max(1, self.n_statements)

    def candidates(self, n: int = 50) -> list[ArrayProgram]:
        """Programs for a funnel, with different keys: half of them the best ones, half spread over the improvements."""
        best = [program for _, program in self.top]
        steps = self.improvements
        n_steps = min(len(steps), max(1, n // 2))
        spread = [steps[round(i * (len(steps) - 1) / max(1, n_steps - 1))].program for i in range(n_steps)]
        kept: dict[str, ArrayProgram] = {}
        for program in (*best[: n - n_steps], *spread, *best):
            if len(kept) < n:
                kept.setdefault(abstract_execute(program).key, program)
        return list(kept.values())


def summary(start: ArrayProgram, evolution: Aging[ArrayProgram]) -> History:
    """The history of an evolution as it stands."""
    found = {id(program): program for program, _, _ in evolution.members}
    live = {number: len(abstract_execute(program).live) for number, program in found.items()}
    return History(
        start=start,
        improvements=tuple(evolution.improvements),
        top=tuple(evolution.top),
        n_children=evolution.n_children,
        n_evaluated=evolution.n_evaluated,
        n_known=evolution.n_known,
        n_restarts=evolution.n_restarts,
        n_statements=sum(len(program.statements) for program, _, _ in evolution.members),
        n_live=sum(live[id(program)] for program, _, _ in evolution.members),
    )


def keep(path: Path, evolution: Aging[ArrayProgram], *, plan: dict[str, Any]) -> None:
    """Write the state of an evolution; the file is whole at any time."""
    document = {"schema": _SCHEMA, "plan": plan, "evolution": evolution.state(show_program)}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(document, allow_nan=False))


def load(path: Path, evolution: Aging[ArrayProgram], *, plan: dict[str, Any], space: Any) -> None:
    """Take up the state in a file.

    Raises:
        BadInput: The file is damaged or belongs to a search with another plan.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        differ = _differences(document["plan"], plan)
        if not differ and document["schema"] == _SCHEMA:
            evolution.resume(document["evolution"], lambda text: read_program(text, space))
            return
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise BadInput(f"{path}: not a kept search ({error!r}); name another file or delete this one") from error
    raise BadInput(
        f"{path}: kept by a search with another plan ({', '.join(differ) or 'schema'}); name another file or delete it"
    )


def _differences(old: dict[str, Any], new: dict[str, Any]) -> Sequence[str]:
    return [key for key in sorted({*old, *new}) if old.get(key) != new.get(key)]
