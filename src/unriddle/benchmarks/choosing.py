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

from unriddle.benchmarks.base import Task, TaskBenchmark, named
from unriddle.benchmarks.keep import Keeper, Watch
from unriddle.benchmarks.metrics import Interval, bootstrap, paired_bootstrap
from unriddle.benchmarks.run import Evaluation, TaskResult, evaluate, first_statuses
from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Score
from unriddle.errors import BadInput
from unriddle.outcome import Limits, Status
from unriddle.problem import Test
from unriddle.score.rules import rule
from unriddle.score.ties import expected_pass_at_k
from unriddle.testgen.asserts_in_text import count_tests
from unriddle.testgen.share_calls import SharedCalls, judge_shared, share_calls
from unriddle.verdicts import Verdicts

__all__ = ["Selection", "Shown", "Variant", "choose", "show", "show_tests"]

_Bools = npt.NDArray[np.bool_]
_Floats = npt.NDArray[np.float64]
_SEED = 0


@dataclass(frozen=True, slots=True)
class Shown:
    """What the rules may see of one task.

    Attributes:
        verdicts: ``(n, m)`` on the tests the rules choose by, rows and columns as often as they were drawn.
        passes_visible: ``(n,)`` whether each candidate passes every visible test of the task.
    """

    verdicts: Verdicts
    passes_visible: _Bools


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
    """

    tests: str
    variants: tuple[Variant, ...]
    per_problem: Mapping[str, Mapping[str, float]]
    n_tests: int
    n_runs: int
    seconds: float

    def as_dict(self) -> dict[str, object]:
        """The ``selection`` part of ``eval --json``."""
        return {
            "tests": self.tests,
            "n_tests": self.n_tests,
            "n_runs": self.n_runs,
            "seconds": round(self.seconds, 3),
            "variants": {variant.name: variant.as_dict() for variant in self.variants},
            "per_problem": {task: dict(rules) for task, rules in self.per_problem.items()},
        }


@dataclass(frozen=True, slots=True)
class _Plan:
    """The columns of one task: distinct visible and generated tests, and how often the latter were written."""

    shared: SharedCalls
    n_visible: int
    columns: tuple[int, ...]


def show_tests(
    benchmark: TaskBenchmark, generated: Mapping[str, Sequence[Test]] | None
) -> tuple[TaskBenchmark, dict[str, _Plan]]:
    """The benchmark whose hidden tests are the ones that rules may see, and the plan to read its verdicts.

    Args:
        benchmark: Its visible tests are shown.
        generated: Tests by task id that the rules choose by, instead of the visible ones.

    Raises:
        BadInput: No task has any such test.
    """
    plans, tasks = {}, []
    for task in benchmark.tasks:
        written = list(generated.get(task.problem.id, ())) if generated is not None else []
        distinct, counts = count_tests(written)
        visible = list(task.problem.tests)
        shared = share_calls([*named(visible, "visible"), *_renamed(distinct)])
        rows = range(len(visible)) if generated is None else np.repeat(np.arange(len(counts)), counts) + len(visible)
        plans[task.problem.id] = _Plan(shared, len(visible), tuple(int(j) for j in rows))
        if shared.runs:
            tasks.append(Task(task.problem, shared.runs))
    if not any(plan.columns for plan in plans.values()):
        what = "visible tests" if generated is None else "generated tests"
        raise BadInput(f"{benchmark.name}: none of its tasks has {what} to choose by; give a file of them with --tests")
    return TaskBenchmark(f"{benchmark.name} (shown tests)", tuple(tasks), benchmark.limits), plans


def _renamed(tests: Sequence[Test]) -> tuple[Test, ...]:
    """The tests without names of their own: those of different draws may be equal."""
    from dataclasses import replace

    return named([replace(test, name="") for test in tests], "generated")


def show(
    benchmark: TaskBenchmark,
    plans: Mapping[str, _Plan],
    given: Mapping[str, Sequence[Candidate]],
    *,
    executor: Executor,
    limits: Limits | None = None,
    run: Keeper | None = None,
    watch: Watch | None = None,
    dedup: bool = True,
) -> tuple[dict[str, Shown], Evaluation | None]:
    """Run the candidates on the tests of ``show_tests``: what the rules see, by task id; tasks without tests too."""
    tasks = {task.problem.id for task in benchmark.tasks}
    wanted = {task: group for task, group in given.items() if task in tasks and group}
    ran = (
        evaluate(benchmark, wanted, executor=executor, limits=limits, run=run, watch=watch, ks=(), dedup=dedup)
        if wanted
        else None
    )
    shown = {}
    for task, group in given.items():
        if ran and task in ran.per_problem:
            shown[task] = _shown(ran.per_problem[task], plans[task])
        else:
            nothing = Verdicts.empty()
            rows = Verdicts(
                np.zeros((len(group), 0), np.int8), np.zeros((len(group), 0), np.int32),
                np.zeros((len(group), 0), np.float32), np.full(len(group), np.nan),
                tuple(candidate.id for candidate in group), nothing.tests,
            )  # fmt: skip
            shown[task] = Shown(rows, np.ones(len(group), np.bool_))
    return shown, ran


def _shown(result: TaskResult, plan: _Plan) -> Shown:
    judged = judge_shared(result.verdicts, plan.shared)
    visible = judged.take(None, range(plan.n_visible))
    passes = visible.solved() if plan.n_visible else np.ones(len(visible.candidates), np.bool_)
    rows = list(result.rows)
    return Shown(judged.take(rows, plan.columns), passes[rows])


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
