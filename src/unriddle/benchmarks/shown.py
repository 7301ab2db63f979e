"""The tests that rules may choose by, run on every candidate: visible ones, or generated ones beside them.

Equal tests and equal calls run once; rules see them as often as they were written. Not covered: making tests
(``unriddle.testgen``) and comparing rules (``unriddle.benchmarks.choosing``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.base import Task, TaskBenchmark, named
from unriddle.benchmarks.keep import Keeper, Watch
from unriddle.benchmarks.run import Evaluation, TaskResult, evaluate
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.outcome import Limits, Status
from unriddle.problem import Test
from unriddle.testgen.asserts_in_text import count_tests
from unriddle.testgen.share_calls import SharedCalls, judge_shared, share_calls
from unriddle.verdicts import Verdicts

__all__ = ["Plan", "Shown", "show", "show_tests"]

_Bools = npt.NDArray[np.bool_]


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
class Plan:
    """How to read one task's verdicts.

    Attributes:
        shared: The distinct tests, visible ones first, and their executions.
        n_visible: How many of them are visible.
        columns: The tests that rules choose by, as often as they were written.
    """

    shared: SharedCalls
    n_visible: int
    columns: tuple[int, ...]


def show_tests(
    benchmark: TaskBenchmark, generated: Mapping[str, Sequence[Test]] | None
) -> tuple[TaskBenchmark, dict[str, Plan]]:
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
        plans[task.problem.id] = Plan(shared, len(visible), tuple(int(j) for j in rows))
        if shared.runs:
            tasks.append(Task(task.problem, shared.runs))
    if not any(plan.columns for plan in plans.values()):
        what = "visible tests" if generated is None else "generated tests"
        raise BadInput(f"{benchmark.name}: none of its tasks has {what} to choose by; give a file of them with --tests")
    return TaskBenchmark(f"{benchmark.name} (shown tests)", tuple(tasks), benchmark.limits), plans


def _renamed(tests: Sequence[Test]) -> tuple[Test, ...]:
    """The tests without names of their own: those of different draws may be equal."""
    return named([dataclasses.replace(test, name="") for test in tests], "generated")


def show(
    benchmark: TaskBenchmark,
    plans: Mapping[str, Plan],
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


def _shown(result: TaskResult, plan: Plan) -> Shown:
    judged = judge_shared(_given_up(result.verdicts), plan.shared)
    visible = judged.take(None, range(plan.n_visible))
    passes = visible.solved() if plan.n_visible else np.ones(len(visible.candidates), np.bool_)
    rows = list(result.rows)
    return Shown(judged.take(rows, plan.columns), passes[rows])


def _given_up(verdicts: Verdicts) -> Verdicts:
    """TIMEOUT for SKIPPED: a row was given up because its program had to be ended again and again.

    Else a program that loops on most tests would be measured on the few before that.
    """
    status = np.where(verdicts.status == Status.SKIPPED, np.int8(Status.TIMEOUT), verdicts.status)
    return dataclasses.replace(verdicts, status=status)
