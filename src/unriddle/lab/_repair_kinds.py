"""Whether richer feedback finds a repair sooner: one mistake in a right program, an enumerator of edits for a repairer.

All edits of a bug are run once; then the order in which a repairer would have tried them is played through for each
kind of feedback. ``simple`` hears right or wrong, so no edit is likelier than another. ``ut`` also hears what came of
the first failing test: where two edits of a line left that as it was and none changed it, the line's other edits are
put last. ``trace`` also sees which lines each test runs: lines that no failing test runs are put last, the others go
by Ochiai. Not covered: repairs by a model, and mistakes that no small edit undoes.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.base import Task
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import UnriddleError
from unriddle.execute.try_many import try_many
from unriddle.feedback.localise import localise
from unriddle.language.mutants import Mutant, draw_mutants
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Satisfies, Test
from unriddle.propose.repair import edits
from unriddle.verdicts import Verdicts

__all__ = ["KINDS", "Bug", "bugs", "play"]

KINDS = ("simple", "ut", "trace")
"""From the poorest feedback to the richest; each hears what the ones before it hear."""

MOST_COST = 1.8
"""Edits that are rarer mistakes than this are left out."""

_DOUBTS = 2
"""So many edits of a line without any effect put its other edits last."""

_SECONDS = 0.02
_LIMITS = Limits(cpu_seconds=3.0, wall_seconds=60.0, max_kills=1_000_000)


@dataclass(frozen=True, slots=True)
class Bug:
    """A program with one mistake, and all its small edits.

    Attributes:
        task: Id of its problem.
        source: The program.
        mutated: The line with the mistake.
        failing: Place of the first visible test that it fails.
        line: ``(n,)`` where each edit changes it.
        same: ``(n,)`` the edit leaves what came of the first failing test as it was.
        suspicion: ``(n,)`` of the edit's line; 0 where no failing test runs it.
        repairs: ``(n,)`` the edit passes all visible tests.
        right: ``(n,)`` it passes the hidden tests too.
    """

    task: str
    source: str
    mutated: int
    failing: int
    line: npt.NDArray[np.int64]
    same: npt.NDArray[np.bool_]
    suspicion: npt.NDArray[np.float64]
    repairs: npt.NDArray[np.bool_]
    right: npt.NDArray[np.bool_]


def bugs(
    tasks: Sequence[Task], *, n: int, executor: Executor, rng: np.random.Generator, say: Callable[[str], None]
) -> tuple[list[Bug], int]:
    """``n`` bugs that some edit repairs, one of a task, and how many more no edit repairs.

    Args:
        tasks: With references; they are taken in a drawn order.
        n: How many; fewer where the tasks do not give so many.
        executor: Runs everything.
        rng: Draws tasks and mistakes.
        say: Takes progress messages.
    """
    found: list[Bug] = []
    hopeless = 0
    for place in rng.permutation(len(tasks)).tolist():
        if len(found) == n:
            break
        task = tasks[place]
        for mutant in _failing_mutants(task, executor, rng):
            bug = _examined(task, mutant, executor)
            if bug is None:
                hopeless += 1
            else:
                found.append(bug)
                if len(found) % 20 == 0:
                    say(f"{len(found)} of {n} bugs examined")
            break
    return found, hopeless


def _failing_mutants(task: Task, executor: Executor, rng: np.random.Generator) -> Iterator[Mutant]:
    """Mutants of the reference that fail a visible test which the reference passes, at most four tried."""
    tests = task.problem.tests
    if not task.reference or not tests or any(map(_unfit, tests)):
        return
    try:
        source = ast.unparse(ast.parse(task.reference))
        drawn = list(draw_mutants(source, n=4, rng=rng))
    except (SyntaxError, UnriddleError):
        return
    texts = [source, *(mutant.source for mutant in drawn)]
    passed = try_many(texts, tests, executor=executor, seconds=_SECONDS, patient=True).verdicts.passed
    if passed[0].all():
        yield from (mutant for mutant, row in zip(drawn, passed[1:], strict=True) if not row.all())


def _unfit(test: Test) -> bool:
    return isinstance(test, CallTest) and isinstance(test.expect, Satisfies)


def _examined(task: Task, mutant: Mutant, executor: Executor) -> Bug | None:
    """The bug with all its edits run; ``None`` where none of them passes all visible tests."""
    tests, source = task.problem.tests, mutant.source
    small = [edit for edit in edits(source, function=task.problem.entry) if edit.cost <= MOST_COST]
    if not small:
        return None
    sources = [source, *(edit.source for edit in small)]
    rows = try_many(sources, tests, executor=executor, seconds=_SECONDS, patient=True).verdicts
    repairs = np.logical_and.reduce(rows.passed[1:], axis=1)
    if not repairs.any():
        return None
    first = int(np.flatnonzero(~rows.passed[0])[0])
    marks = [_mark(rows, i, first) for i in range(len(sources))]
    seen = localise(source, tests, executor=executor, seconds=_SECONDS)
    scores = {suspect.line: suspect.score for suspect in seen.lines}
    right = np.zeros(len(small), dtype=np.bool_)
    plausible = np.flatnonzero(repairs).tolist()
    judged = executor.run([Candidate(small[i].source) for i in plausible], task.hidden, limits=_LIMITS)
    right[plausible] = judged.solved()
    return Bug(
        task.problem.id, source, mutant.line, first, np.array([edit.line for edit in small]),
        np.array([mark == marks[0] for mark in marks[1:]]), np.array([scores.get(edit.line, 0.0) for edit in small]),
        repairs, right,
    )  # fmt: skip


def _mark(rows: Verdicts, i: int, j: int) -> tuple[int, str]:
    """What is told of one run: the value that came, else how it ended."""
    cell = rows[i, j]
    return (cell.value, "") if cell.value >= 0 else (-1 - int(cell.status), cell.error)


def play(bug: Bug, *, n_orders: int, rng: np.random.Generator) -> npt.NDArray[np.float64]:
    """By kind of feedback, mean edits run until one passes all visible tests, and how often it passes the hidden ones.

    Args:
        bug: With an edit that repairs it.
        n_orders: Drawn orders of what the feedback does not tell apart, the same for every kind.
        rng: Draws them.

    Returns:
        ``(3, 2)``, in the order of ``KINDS``.
    """
    orders = [rng.permutation(len(bug.line)) for _ in range(n_orders)]
    means = []
    for kind in KINDS:
        runs = [_played(bug, kind, order) for order in orders]
        means.append((np.mean([count for count, _ in runs]), np.mean([bug.right[edit] for _, edit in runs])))
    return np.array(means)


def _played(bug: Bug, kind: str, order: npt.NDArray[np.int64]) -> tuple[int, int]:
    """Edits run, and the one that ended it."""
    if kind == "trace":
        order = order[np.argsort(-bug.suspicion[order], kind="stable")]
    waiting, late = order.tolist(), []
    told: dict[int, list[bool]] = {}
    count = 0
    for edit in waiting:
        heard = told.setdefault(int(bug.line[edit]), [])
        if kind != "simple" and len(heard) >= _DOUBTS and all(heard):
            late.append(edit)
            continue
        count += 1
        if bug.repairs[edit]:
            return count, edit
        heard.append(bool(bug.same[edit]))
    for edit in late:
        count += 1
        if bug.repairs[edit]:
            return count, edit
    raise AssertionError("a bug without a repair")
