"""Choosing among programs that a search found: ever larger tasks, each for those that beat the baseline before.

What does well where it was searched may do badly elsewhere; ``meta_curve`` shows when that begins. Not covered: a last
test; keep tasks for it that no stage has seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from unriddle.errors import BadInput
from unriddle.grammar.array_program import ArrayProgram, abstract_execute
from unriddle.methods._lion_history import History

__all__ = ["FunnelResult", "MetaPoint", "funnel", "meta_curve"]

Fitness = Callable[[ArrayProgram], float]


@dataclass(frozen=True, slots=True)
class FunnelResult:
    """What a funnel left over.

    Attributes:
        winner: The best program on the last stage that any program reached.
        stages: For each stage reached, ``(fitness, program)`` of those that entered it, best first.
        n_beat: For each stage reached, how many of them beat its baseline.
    """

    winner: ArrayProgram
    stages: tuple[tuple[tuple[float, ArrayProgram], ...], ...]
    n_beat: tuple[int, ...]


def funnel(
    candidates: Sequence[ArrayProgram],
    tasks: Sequence[Fitness],
    *,
    baseline: Sequence[float],
    keep: int | None = None,
    watch: Callable[[str], None] = lambda _: None,
) -> FunnelResult:
    """The program that lasts longest.

    Args:
        candidates: Those with the best fitness where they were searched.
        tasks: The stages, cheapest first; each gives a program's fitness, higher is better.
        baseline: What a program must reach on each stage to enter the next.
        keep: At most this many, the best, enter the next stage; ``None`` for all that reached the baseline.
        watch: Takes progress messages.

    Raises:
        BadInput: There are no candidates or stages, or not one baseline for each stage.
    """
    if not candidates or not tasks or len(tasks) != len(baseline):
        raise BadInput(
            f"funnel: needs candidates, stages and one baseline for each stage; got {len(candidates)} candidates, "
            f"{len(tasks)} stages, {len(baseline)} baselines"
        )
    stages, n_beat, entered = [], [], list(candidates)
    for number, (fitness, least) in enumerate(zip(tasks, baseline, strict=True), start=1):
        watch(f"funnel: stage {number} of {len(tasks)}, {len(entered)} programs")
        scored = [(fitness(program), program) for program in entered]
        scored = [(value if value == value else -np.inf, program) for value, program in scored]
        scored.sort(key=lambda row: -row[0])
        stages.append(tuple(scored))
        entered = [program for value, program in scored if value >= least]
        n_beat.append(len(entered))
        entered = entered if keep is None else entered[:keep]
        if not entered:
            break
    return FunnelResult(stages[-1][0][1], tuple(stages), tuple(n_beat))


@dataclass(frozen=True, slots=True)
class MetaPoint:
    """The best program of a search at a moment: its fitness in the search and on tasks the search does not see."""

    n_children: int
    fitness: float
    elsewhere: float


def meta_curve(history: History, elsewhere: Fitness, *, n_points: int = 20) -> list[MetaPoint]:
    """The best program at up to ``n_points`` improvements, spread evenly over them, judged elsewhere.

    Meta-overfitting is where ``fitness`` goes on rising and ``elsewhere`` falls.
    """
    steps = history.improvements
    n = min(n_points, len(steps))
    chosen = [steps[round(i * (len(steps) - 1) / max(1, n - 1))] for i in range(n)]
    known: dict[str, float] = {}
    points = []
    for step in chosen:
        key = abstract_execute(step.program).key
        if key not in known:
            known[key] = elsewhere(step.program)
        points.append(MetaPoint(step.n_children, step.fitness, known[key]))
    return points
