"""Choosing before judging: each rule picks on the tests it may see, the hidden tests say how often the pick is right.

All rules see the same matrix, candidates and tests as often as they were drawn and written. Ties count by expectation,
so there is no luck in a figure. Differences are paired: taken problem by problem, then bootstrapped over problems. Not
covered: pass@k of more than one pick; picks are one program per problem.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import Interval, bootstrap, paired_bootstrap
from unriddle.benchmarks.run import Evaluation, TaskResult, first_statuses
from unriddle.benchmarks.shown import Shown
from unriddle.candidate import Candidate
from unriddle.contracts import Score
from unriddle.errors import BadInput
from unriddle.outcome import Status
from unriddle.score.calibration import Calibration, calibration
from unriddle.score.confidence import CONFIDENCES
from unriddle.score.recalibrate import cross_fitted
from unriddle.score.rules import rule
from unriddle.score.ties import expected_pass_at_k, tie_levels
from unriddle.verdicts import Verdicts

__all__ = ["Selection", "Variant", "calibrate", "choose"]

_Bools = npt.NDArray[np.bool_]
_Floats = npt.NDArray[np.float64]
_SEED = 0
_FEWEST_TO_REFIT = 10
"""Problems below which a recalibration is not worth showing."""


@dataclass(frozen=True, slots=True)
class Variant:
    """The rules on one choice of problems and candidates.

    Attributes:
        name: What is counted.
        n_problems: Problems that are counted.
        rules: pass@1 of each rule, with its interval.
        minus_random: pass@1 of each rule minus that of a random choice, paired.
        minus_first: pass@1 of each rule minus that of the first rule, paired.
        best: What a perfect choice would reach.
    """

    name: str
    n_problems: int
    rules: Mapping[str, Interval]
    minus_random: Mapping[str, Interval]
    minus_first: Mapping[str, Interval]
    best: float

    def as_dict(self) -> dict[str, object]:
        """The variant as it stands in ``eval --json``."""
        return {
            "n_problems": self.n_problems,
            "best_possible": self.best,
            "rules": {
                name: {
                    "pass@1": dict(self.rules[name]),
                    "minus_random": dict(self.minus_random[name]),
                    "minus_first": dict(self.minus_first[name]),
                }
                for name in self.rules
            },
        }


@dataclass(frozen=True, slots=True)
class Selection:
    """What every rule reached.

    Attributes:
        tests: ``visible`` or ``generated``: the tests the rules chose by.
        variants: ``all``, ``some right`` and ``passing visible``.
        per_problem: pass@1 of each rule by task id.
        n_tests: Tests over all tasks, repeats included.
        n_runs: Executions that were needed for them.
        seconds: Wall seconds they took.
        calibration: How far the confidences in the first rule's choice can be believed, over all judged problems; by
            the name of the confidence.
    """

    tests: str
    variants: tuple[Variant, ...]
    per_problem: Mapping[str, Mapping[str, float]]
    n_tests: int
    n_runs: int
    seconds: float
    calibration: Mapping[str, Calibration]

    def as_dict(self) -> dict[str, object]:
        """The ``selection`` part of ``eval --json``."""
        return {
            "tests": self.tests,
            "n_tests": self.n_tests,
            "n_runs": self.n_runs,
            "seconds": round(self.seconds, 3),
            "variants": {variant.name: variant.as_dict() for variant in self.variants},
            "calibration": {name: found.as_dict() for name, found in self.calibration.items()},
            "per_problem": {task: dict(rules) for task, rules in self.per_problem.items()},
        }


def choose(
    evaluation: Evaluation,
    shown: Mapping[str, Shown],
    names: Sequence[str],
    *,
    given: Mapping[str, Sequence[Candidate]],
    n_missing: int = 0,
) -> tuple[tuple[Variant, ...], dict[str, dict[str, float]]]:
    """The variants, and pass@1 of each rule by task id.

    Args:
        evaluation: The verdicts on the hidden tests.
        shown: What the rules see, by task id.
        names: Rules of ``unriddle.score.rules``; a random choice is always added.
        given: The candidates by task id, for rules that read them.
        n_missing: Tasks without candidates that count as not solved.

    Raises:
        BadInput: An unknown rule, or no problem whose candidates could be judged.
    """
    names = list(dict.fromkeys([*names, "random"]))
    everything: list[dict[str, float]] = []
    passing: list[dict[str, float]] = []
    some, best, best_passing = [], [], []
    per_problem = {}
    for task, result in evaluation.per_problem.items():
        right, known = _truth(result)
        if not known.any():
            continue
        scores = {name: rule(name, candidates=given[task]) for name in names}
        kept = known & shown[task].passes_visible
        kept = kept if kept.any() else known
        everything.append(_picked(shown[task].verdicts, right, known, scores))
        passing.append(_picked(shown[task].verdicts, right, kept, scores))
        some.append(bool(right[known].any() and not right[known].all()))
        best.append(bool(right[known].any()))
        best_passing.append(bool(right[kept].any()))
        per_problem[task] = everything[-1]
    if not everything:
        raise BadInput("choosing: no task has a candidate that could be judged, so no rule can be compared")
    missing = [dict.fromkeys(names, 0.0)] * n_missing
    filtered = [row for row, some_right in zip(everything, some, strict=True) if some_right]
    variants = [_variant("all", everything + missing, names, [*best, *[False] * n_missing])]
    if filtered:
        variants.append(_variant("some right", filtered, names, [True] * len(filtered)))
    variants.append(_variant("passing visible", passing + missing, names, [*best_passing, *[False] * n_missing]))
    return tuple(variants), per_problem


def _truth(result: TaskResult) -> tuple[_Bools, _Bools]:
    """``(n,)`` whether each candidate is right, and whether that is known."""
    statuses = first_statuses(result.verdicts)[list(result.rows)]
    return np.equal(statuses, Status.PASS), np.not_equal(statuses, Status.INFRA)


def _picked(verdicts: Verdicts, right: _Bools, kept: _Bools, scores: Mapping[str, Score]) -> dict[str, float]:
    rows = np.flatnonzero(kept).tolist()
    seen = verdicts.take(rows)
    return {name: expected_pass_at_k(score(seen), right[rows]) for name, score in scores.items()}


def _variant(name: str, rows: Sequence[Mapping[str, float]], names: Sequence[str], best: Sequence[bool]) -> Variant:
    columns = {rule_name: np.array([row[rule_name] for row in rows]) for rule_name in names}

    def against(other: _Floats) -> dict[str, Interval]:
        return {n: paired_bootstrap(c, other, rng=np.random.default_rng(_SEED)) for n, c in columns.items()}

    return Variant(
        name,
        len(rows),
        {n: bootstrap(c, rng=np.random.default_rng(_SEED)) for n, c in columns.items()},
        against(columns["random"]),
        against(columns[names[0]]),
        float(np.mean(best)),
    )


def calibrate(
    evaluation: Evaluation, shown: Mapping[str, Shown], name: str, *, given: Mapping[str, Sequence[Candidate]]
) -> dict[str, Calibration]:
    """How far each confidence in a rule's choice can be believed, as stated and recalibrated on other problems.

    A problem's confidence is the mean over the candidates that the rule cannot tell apart, its truth the share of them
    that is right. A problem where the rule scores nobody has confidence 0 and the random choice's truth.

    Args:
        evaluation: The verdicts on the hidden tests.
        shown: What the rules see, by task id.
        name: The rule.
        given: The candidates by task id.
    """
    stated: dict[str, list[float]] = {kind: [] for kind in CONFIDENCES}
    truth, tasks = [], []
    for task, result in evaluation.per_problem.items():
        right, known = _truth(result)
        if not known.any():
            continue
        rows = np.flatnonzero(known).tolist()
        seen = shown[task].verdicts.take(rows)
        scores = rule(name, candidates=given[task])(seen)
        levels = tie_levels(scores)
        for kind, confidence in CONFIDENCES.items():
            stated[kind].append(float(confidence(seen)[levels[0]].mean()) if levels else 0.0)
        truth.append(expected_pass_at_k(scores, right[rows]))
        tasks.append(task)
    found = {kind: calibration(np.clip(values, 0, 1), np.clip(truth, 0, 1)) for kind, values in stated.items()}
    if len(tasks) >= _FEWEST_TO_REFIT:
        for kind, values in stated.items():
            refitted = cross_fitted(
                np.clip(values, 0, 1), np.clip(truth, 0, 1), groups=tasks, rng=np.random.default_rng(_SEED)
            )
            found[f"{kind}, recalibrated"] = calibration(np.clip(refitted, 0, 1), np.clip(truth, 0, 1))
    return found
