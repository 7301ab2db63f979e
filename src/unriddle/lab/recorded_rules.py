"""The rules of choosing on recorded programs and tests: pass@1 of each on the same matrices, problem by problem.

Ties are even draws (``unriddle.score.ties.expected_pass_at_k``). Not covered: learned rules, which need training
problems of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import Interval, bootstrap
from unriddle.lab.base import generator
from unriddle.lab.recorded_tests import RecordedTask, given_up
from unriddle.score.b4 import b4
from unriddle.score.chance import random
from unriddle.score.cluster import cluster
from unriddle.score.codet import codet
from unriddle.score.mbr import mbr
from unriddle.score.passed import fraction
from unriddle.score.ties import expected_pass_at_k
from unriddle.score.vote import output_vote
from unriddle.verdicts import Verdicts

__all__ = ["RULES", "b4_distinct", "on_tests", "pass_at_1", "some_right", "spread"]

_Floats = npt.NDArray[np.float64]

TaskRule = Callable[[RecordedTask], _Floats]
"""Scores ``(n,)`` of the programs as drawn."""


def b4_distinct(task: RecordedTask, *, a: float | None = None, b0: float | None = None) -> _Floats:
    """B4 on distinct programs and distinct tests, as in the paper; every draw has its program's score."""
    scores = b4(given_up(task.pairs.verdicts), a=a, b0=b0)
    return np.asarray(scores[list(task.pairs.plan.rows)])


def on_tests(rule: Callable[[Verdicts], _Floats]) -> TaskRule:
    """The rule of a task that a score is, on the tests as drawn."""
    return lambda task: rule(task.verdicts())


def _on_calls(rule: Callable[[Verdicts], _Floats]) -> TaskRule:
    return lambda task: rule(task.calls())


RULES: Mapping[str, TaskRule] = {
    "random": on_tests(random),
    "MaxPass": on_tests(fraction),
    "MBR (equal pass rows)": on_tests(mbr),
    "output vote": _on_calls(output_vote),
    "AlphaCode clusters": _on_calls(cluster),
    "CodeT": on_tests(codet),
    "B4": b4_distinct,
    "B4 with multiplicities": on_tests(b4),
}
"""Rules by the name they have in tables. Those on calls look at returned values and not at what tests expect."""


def pass_at_1(
    tasks: Sequence[RecordedTask],
    rule: TaskRule,
    *,
    right: Sequence[npt.NDArray[np.bool_]] | None = None,
    k: int = 1,
) -> _Floats:
    """``(p,)``: for each problem, the chance that the rule's choice is right; ties are even draws.

    Args:
        tasks: ``(p,)`` problems.
        rule: Scores their programs.
        right: Another truth than the tasks' own, aligned with their programs.
        k: Choices; 1 gives pass@1.
    """
    truth = [task.right for task in tasks] if right is None else right
    return np.array(
        [expected_pass_at_k(rule(task), good, k=k) for task, good in zip(tasks, truth, strict=True)], np.float64
    )


def some_right(truth: Sequence[npt.NDArray[np.bool_]], *, below: float = 1.0) -> npt.NDArray[np.bool_]:
    """``(p,)``: some programs are right, and less than this share: only there does choosing matter."""
    share = np.array([good.mean() if good.size else 0.0 for good in truth])
    return np.asarray((share > 0) & (share < below))


def spread(values: npt.ArrayLike, *, seed: int) -> Interval:
    """The mean over problems and its 95 % interval; of a difference of two rules this is the paired interval."""
    return bootstrap(values, rng=generator(seed, stream=90), n_resamples=2000)
