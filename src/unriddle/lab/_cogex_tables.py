"""What the experiment of cogex searches in: every program of a task's grammar, run once on every example.

Leaves err on a share of their calls, for each program elsewhere. Not covered: what searching in it shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Executor
from unriddle.lab._cogex_tasks import SearchTask, leaves
from unriddle.methods.cogex import Emulator, Labelled, PseudoProgram, exact, run_emulator

__all__ = ["ERROR", "Floats", "Table", "make_table", "scores"]

ERROR = 0.1
"""Share of the calls of leaves that are wrong."""

Floats = npt.NDArray[np.float64]
_N_SOUND = 60


@dataclass(frozen=True, slots=True)
class Table:
    """A task with every program's answers.

    Attributes:
        task: The task.
        programs: ``(n,)``.
        data: ``(m,)`` examples; those from ``n_search`` on are new to the search.
        answers: ``answers[i][j]`` of program i to example j.
        right: ``(n, m)``.
        sound: ``(n,)`` whether a program is right wherever its leaves are, by 60 examples.
        n_search: How many examples a search may see; the others are new to it.
    """

    task: SearchTask
    programs: list[PseudoProgram]
    data: list[Labelled]
    answers: list[list[Any]]
    right: Floats
    sound: npt.NDArray[np.bool_]
    n_search: int

    def emulate(self, program: PseudoProgram, inputs: Sequence[Any]) -> list[Any]:
        """What the program answered; looked up."""
        i = next(i for i, one in enumerate(self.programs) if one.source == program.source)
        places = {repr(given): j for j, (given, _) in enumerate(self.data)}
        return [self.answers[i][places[repr(given)]] for given in inputs]

    @property
    def has_leaves(self) -> bool:
        """Whether its programs call functions that they do not define."""
        text = self.task.template + str(self.task.gaps)
        return any(name in text for name in ("is_kind(", "is_flipped(", "polarity("))

    @property
    def new(self) -> list[Labelled]:
        """The examples after the first ``n_search``."""
        return self.data[self.n_search :]


def make_table(
    task: SearchTask, executor: Executor, *, n_search: int, n_test: int, seed: int, rng: np.random.Generator
) -> Table:
    """Every program of the grammar on every example; each program's leaves err elsewhere."""
    programs, data = task.programs(), task.data(n_search + n_test, rng=rng)
    emulators = [run_emulator(leaves(error=ERROR, salt=f"{seed} {i}"), executor=executor) for i in range(len(programs))]
    given = [one for one, _ in data]
    answers = [list(emulate(program, given)) for emulate, program in zip(emulators, programs, strict=True)]
    right = np.array([[exact(one, wanted) for one, (_, wanted) in zip(of, data, strict=True)] for of in answers])
    perfect = run_emulator(leaves(error=0.0, salt=""), executor=executor)
    sound = np.array([scores(perfect, program, data[:_N_SOUND]).all() for program in programs])
    return Table(task, programs, data, answers, right, sound, n_search)


def scores(emulate: Emulator, program: PseudoProgram, data: Sequence[Labelled]) -> Floats:
    """``(m,)`` whether each answer is right."""
    answers = emulate(program, [given for given, _ in data])
    return np.array([exact(one, wanted) for one, (_, wanted) in zip(answers, data, strict=True)])
