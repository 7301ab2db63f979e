"""What models wrote to repair held-out bugs: judged by the sandbox, and kinds of feedback compared with intervals.

Not covered: training and drawing (``unriddle.train.feedback_models``).
"""

from __future__ import annotations

import json
import lzma
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import Interval, bootstrap, paired_bootstrap
from unriddle.benchmarks.nursery import LIMITS
from unriddle.benchmarks.nursery import task as task_of
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.train.feedback_plan import ARMS, FeedbackPlan, repair_prompts

__all__ = ["Repairs", "compared", "judge_repairs", "judge_rounds", "rounds_summary", "summary"]


_MOST_ROUNDS = 1000


@dataclass(frozen=True, slots=True)
class Repairs:
    """What the models wrote for held-out bugs, judged.

    Attributes:
        problems: ``(p,)`` ids.
        draws: By arm, ``(p, draws)`` bool: which sampled programs pass all hidden cases.
        greedy: By arm, ``(p,)`` bool, of the greedy program.
    """

    problems: tuple[str, ...]
    draws: dict[str, npt.NDArray[np.bool_]]
    greedy: dict[str, npt.NDArray[np.bool_]]

    def pass_at_1(self, arm: str) -> npt.NDArray[np.float64]:
        """``(p,)`` share of the arm's draws that are right."""
        return np.asarray(self.draws[arm].mean(axis=1), dtype=np.float64)


def compared(repairs: Repairs, one: str, other: str, *, rng: np.random.Generator, n_resamples: int = 4000) -> Interval:
    """How many more draws of the one arm are right than of the other, paired over bugs.

    Raises:
        BadInput: An arm was not judged.
    """
    for arm in (one, other):
        if arm not in repairs.draws:
            raise BadInput(f"compared: no arm {arm} was judged; there are {', '.join(repairs.draws)}")
    return paired_bootstrap(repairs.pass_at_1(one), repairs.pass_at_1(other), rng=rng, n_resamples=n_resamples)


def summary(repairs: Repairs, *, seed: int = 0) -> dict[str, dict[str, Any]]:
    """By arm: pass@1 with its interval, the share of bugs with a right draw, that of greedy repairs, and how far pass@1
    is above that of saying nothing.
    """
    found: dict[str, dict[str, Any]] = {}
    for arm in repairs.draws:
        rng = np.random.default_rng(seed)
        found[arm] = {
            "pass@1": dict(bootstrap(repairs.pass_at_1(arm), rng=rng, n_resamples=4000)),
            f"pass@{repairs.draws[arm].shape[1]}": float(repairs.draws[arm].any(axis=1).mean()),
            "greedy": float(repairs.greedy[arm].mean()),
            "over none": dict(compared(repairs, arm, "none", rng=rng)) if "none" in repairs.draws else None,
        }
    return found


def judge_repairs(plan: FeedbackPlan, samples: Sequence[Path], *, executor: Executor) -> Repairs:
    """Run what the models wrote on the hidden cases.

    Args:
        plan: The plan they were made by.
        samples: Files of ``train_arm``; ``.xz`` as well.
        executor: Where programs run.

    Raises:
        BadInput: A file is of another plan or not one of samples, or samples of an arm are missing.
    """
    problems = {problem.id: problem for problem, _ in repair_prompts(plan)}
    ids = tuple(problems)
    rows = [row for path in samples for row in _read_samples(path, set(ids), plan.draws)]
    arms = tuple(dict.fromkeys(row["arm"] for row in rows))
    known = {(row["arm"], row["problem"], row["draw"]) for row in rows}
    for arm in arms:
        n = sum(one == arm for one, _, _ in known)
        if n != len(ids) * (plan.draws + 1):
            raise BadInput(
                f"{samples[0].parent}: arm {arm} must have {len(ids) * (plan.draws + 1)} samples ({plan.draws} and the "
                f"greedy one for each of {len(ids)} bugs), got {n} different ones; draw them anew"
            )
    draws = {arm: np.zeros((len(ids), plan.draws), np.bool_) for arm in arms}
    greedy = {arm: np.zeros(len(ids), np.bool_) for arm in arms}
    by_problem: dict[str, list[dict[str, Any]]] = {name: [] for name in ids}
    for row in rows:
        by_problem[row["problem"]].append(row)
    tasks = [task_of(problems[name]) for name in ids]
    groups = (([Candidate(row["program"]) for row in by_problem[t.problem.id]], t.hidden) for t in tasks)
    for number, verdicts in executor.run_groups(groups, limits=LIMITS):
        solved = verdicts.solved()
        for row, right in zip(by_problem[ids[number]], solved.tolist(), strict=True):
            if row["draw"] < 0:
                greedy[row["arm"]][number] = right
            else:
                draws[row["arm"]][number, row["draw"]] = right
    return Repairs(ids, draws, greedy)


def judge_rounds(
    plan: FeedbackPlan, samples: Sequence[Path], *, executor: Executor
) -> dict[tuple[str, bool], npt.NDArray[np.bool_]]:
    """Run what chains of repairs ended with on the hidden cases.

    Args:
        plan: The plan they were made by.
        samples: Files of rows of ``repair_in_rounds``; ``.xz`` as well.
        executor: Where programs run.

    Returns:
        By arm and whether it asked the same again: ``(p, chains, rounds)``, whether what a chain had written last after
        so many rounds is right.

    Raises:
        BadInput: A file is of another plan or not one of such rows, or rows are missing.
    """
    problems = {problem.id: problem for problem, _ in repair_prompts(plan)}
    ids = tuple(problems)
    rows = [row for path in samples for row in _read_rounds(path, set(ids))]
    tasks = [task_of(problems[name]) for name in ids]
    by_problem: dict[str, list[dict[str, Any]]] = {name: [] for name in ids}
    for row in rows:
        by_problem[row["problem"]].append(row)
    shape = len(ids), *(1 + max((row[name] for row in rows), default=0) for name in ("draw", "round"))
    found = {key: np.full(shape, -1, np.int8) for key in {(row["arm"], row["resample"]) for row in rows}}
    groups = (([Candidate(row["program"]) for row in by_problem[t.problem.id]], t.hidden) for t in tasks)
    for number, verdicts in executor.run_groups(groups, limits=LIMITS):
        for row, right in zip(by_problem[ids[number]], verdicts.solved().tolist(), strict=True):
            found[row["arm"], row["resample"]][number, row["draw"], row["round"]] = right
    for key, solved in found.items():
        if (solved[:, :, 0] < 0).any():
            raise BadInput(f"{samples[0].parent}: arm {key[0]} lacks first programs of some chains; draw them anew")
        for k in range(1, shape[2]):  # a chain that passed the visible cases, or is over, keeps what it had
            solved[:, :, k] = np.where(solved[:, :, k] < 0, solved[:, :, k - 1], solved[:, :, k])
    return {key: solved.astype(np.bool_) for key, solved in found.items()}


def rounds_summary(
    solved: Mapping[tuple[str, bool], npt.NDArray[np.bool_]], *, seed: int = 0
) -> dict[str, dict[str, Any]]:
    """By arm: the share of chains that are right after each round of ``repair``, and of asking the same ``again``; and
    how far repair is above that in the end, paired over bugs.
    """
    found: dict[str, dict[str, Any]] = {}
    for arm in dict.fromkeys(arm for arm, _ in solved):
        ways = {name: solved[arm, flag] for name, flag in (("repair", False), ("again", True)) if (arm, flag) in solved}
        found[arm] = {name: rows.mean(axis=(0, 1)).tolist() for name, rows in ways.items()}
        if len(ways) == 2:
            ends = [rows[:, :, -1].mean(axis=1) for rows in ways.values()]
            found[arm]["over again"] = dict(paired_bootstrap(*ends, rng=np.random.default_rng(seed), n_resamples=4000))
    return found


def _read_rounds(path: Path, ids: set[str]) -> Iterator[dict[str, Any]]:
    def good(row: Any) -> bool:
        numbers = type(row["draw"]) is int and type(row["round"]) is int and min(row["draw"], row["round"]) >= 0
        return numbers and max(row["draw"], row["round"]) < _MOST_ROUNDS and type(row["resample"]) is bool

    return _read_rows(path, ids, good)


def _read_samples(path: Path, ids: set[str], n_draws: int) -> Iterator[dict[str, Any]]:
    return _read_rows(path, ids, lambda row: -1 <= row["draw"] < n_draws)


def _read_rows(path: Path, ids: set[str], fits: Callable[[Any], bool]) -> Iterator[dict[str, Any]]:
    opened = lzma.open if path.suffix == ".xz" else open
    with opened(path, "rt", encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                row = json.loads(line)
                good = row["problem"] in ids and row["arm"] in ARMS and isinstance(row["program"], str) and fits(row)
            except (ValueError, TypeError, KeyError):
                good = False
            if not good:
                raise BadInput(f"{path}, line {number}: not a sample of this plan: {shorten(line)}")
            yield row
