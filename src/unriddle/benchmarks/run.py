"""evaluate(): every candidate of every task on the hidden tests, and the numbers that follow from it.

What counts. A candidate is right when it passes all hidden tests of its task. Textually identical programs of one task
are run once and counted as often as they were proposed (``dedup=False`` runs each). A candidate with an INFRA cell is
run once more; if our machine fails again it is left out of ``n`` and counted apart, never as wrong. Tasks without a
candidate are left out, as reported in ``missing``; ``all_tasks=True`` counts them as not solved.

The numbers depend on the candidates alone: not on the order in which tasks finish, and not on how often the work was
interrupted and taken up again from ``run``. Wall and CPU seconds are measurements and do vary. Not covered: choosing
among a task's candidates before judging them (``unriddle.score``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.draw import sample_benchmark
from unriddle.benchmarks.keep import Keeper, Progress, Watch
from unriddle.benchmarks.metrics import Interval, bootstrap, pass_at_k
from unriddle.budget import stopwatch
from unriddle.candidate import Candidate
from unriddle.contracts import Benchmark, Executor
from unriddle.errors import BadInput, ExecutorError
from unriddle.outcome import Limits, Status
from unriddle.verdicts import Verdicts

__all__ = ["Evaluation", "Keeper", "TaskResult", "evaluate", "first_statuses", "sample_benchmark"]

_KS = (1, 10, 100)
_SEED = 0
# A round is what one call of the benchmark's judge gets of every task. It starts narrow and widens while rounds are
# short, so that waiting for a round's last row costs little and a killed process loses seconds, not minutes.
_FIRST_WIDTH = 16
_SHORT_ROUND_SECONDS = 5.0

_Key = tuple[str, int]
_Part = tuple[list[_Key], Verdicts]


@dataclass(frozen=True, slots=True)
class TaskResult:
    """One task's share.

    Attributes:
        n: Candidates about which something is known.
        c: Candidates that passed all hidden tests.
        n_infra: Candidates our machine could not judge; not in ``n``.
        verdicts: ``(distinct candidates, m)`` in order of first appearance.
        rows: Row of each candidate in ``verdicts``, in the order they were given.
    """

    n: int
    c: int
    n_infra: int
    verdicts: Verdicts
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What an evaluation found.

    Attributes:
        benchmark: Its name.
        per_problem: Results by task id, in the benchmark's order; only tasks that had candidates.
        metrics: ``{"pass@1": {"value", "low", "high"}, …}``: the mean over problems and its 95 % bootstrap interval
            over problems. A problem with fewer than k known candidates is left out of ``pass@k``.
        status_counts: Candidates by status: INFRA when a cell is, else the first status that is not PASS, else PASS.
        missing: Tasks without any candidate.
        n_problems: Problems that the metrics are over (with ``all_tasks``, the missing ones too).
        n_candidates: Candidates given, repeats included.
        isolation: The isolation level they ran under.
        limits: The limits they ran under.
        seconds: Wall seconds of this call; what an interrupted run spent before is not in it.
    """

    benchmark: str
    per_problem: Mapping[str, TaskResult]
    metrics: Mapping[str, Interval]
    status_counts: Mapping[str, int]
    missing: tuple[str, ...]
    n_problems: int
    n_candidates: int
    isolation: str
    limits: Limits
    seconds: float


def evaluate(
    benchmark: Benchmark,
    candidates: Mapping[str, Sequence[Candidate]],
    *,
    executor: Executor,
    limits: Limits | None = None,
    run: Keeper | None = None,
    watch: Watch | None = None,
    ks: Sequence[int] | None = None,
    dedup: bool = True,
    all_tasks: bool = False,
) -> Evaluation:
    """Judge all candidates on their tasks' hidden tests.

    Args:
        benchmark: Holds the hidden tests.
        candidates: By task id; a task may have any number.
        executor: Where they run.
        limits: Limits per test; the benchmark's own when ``None``.
        run: Rows kept there are not judged again, and new ones are kept there as they finish.
        watch: Called when the work begins and after every finished task.
        ks: The k of pass@k; when ``None``, those of 1, 10 and 100 that no task's number of candidates rules out.
        dedup: Run identical programs of a task once.
        all_tasks: Count tasks without candidates as not solved, instead of leaving them out.

    Raises:
        BadInput: An unknown task id, no candidates at all, or a k larger than a task's number of candidates.
    """
    clock, limits = stopwatch(), limits or getattr(benchmark, "limits", None) or Limits()
    order = [problem.id for problem in benchmark]
    given = _given(benchmark.name, order, candidates)
    wanted = _wanted_ks(given, ks)
    rows = {task: _rows(group, dedup=dedup) for task, group in given.items()}
    parts = _kept(given, rows, run)
    todo = {
        task: [key for key in keys if not any(key in done for done, _ in parts[task])] for task, keys in rows.items()
    }
    n_total, n_left = sum(map(len, rows.values())), sum(map(len, todo.values()))
    progress = Progress(n_total - n_left, n_total, n_total - n_left)
    if watch:
        watch(progress)
    for task, keys, verdicts in _judge_all(benchmark, rows, todo, executor, limits):
        if run:
            run.save_rows(task, [rows[task][key] for key in keys], verdicts, copies=[copy for _, copy in keys])
        parts[task].append((keys, verdicts))
        progress = dataclasses.replace(progress, n_done=progress.n_done + len(keys))
        if watch:
            watch(progress)
    results = {task: _result(given[task], list(rows[task]), parts[task], dedup=dedup) for task in given}
    missing = tuple(task for task in order if task not in given)
    return Evaluation(
        benchmark=benchmark.name,
        per_problem=results,
        metrics=_metrics(results, wanted, n_missing=len(missing) if all_tasks else 0),
        status_counts=_status_counts(results),
        missing=missing,
        n_problems=len(results) + (len(missing) if all_tasks else 0),
        n_candidates=sum(len(group) for group in given.values()),
        isolation=executor.isolation,
        limits=limits,
        seconds=clock(),
    )


def first_statuses(verdicts: Verdicts) -> npt.NDArray[np.int8]:
    """``(n,)`` one status per candidate: INFRA if any cell is, else the first that is not PASS, else PASS.

    A candidate that met no test at all is SKIPPED.
    """
    n, m = verdicts.shape
    if not m:
        return np.full(n, Status.SKIPPED, np.int8)
    first = np.argmax(~verdicts.passed, axis=1)
    statuses = verdicts.status[np.arange(n), first]
    return np.where((verdicts.status == Status.INFRA).any(axis=1), np.int8(Status.INFRA), statuses)


def _given(
    name: str, order: Sequence[str], candidates: Mapping[str, Sequence[Candidate]]
) -> dict[str, Sequence[Candidate]]:
    known = set(order)
    for task in candidates:
        if task not in known:
            raise BadInput(f"evaluate: {name} has no task {task!r}; its tasks go from {order[0]!r} to {order[-1]!r}")
    given = {task: candidates[task] for task in order if candidates.get(task)}
    if not given:
        raise BadInput(f"evaluate: no candidates for any of the {len(order)} tasks of {name}; nothing to judge")
    return given


def _wanted_ks(given: Mapping[str, Sequence[Candidate]], ks: Sequence[int] | None) -> tuple[int, ...]:
    task = min(given, key=lambda task: len(given[task]))
    fewest = len(given[task])
    if ks is None:
        return tuple(k for k in _KS if k <= fewest)
    for k in ks:
        if not 1 <= k <= fewest:
            raise BadInput(
                f"evaluate: pass@{k} needs at least {max(k, 1)} candidates per task, and {task} has {fewest}; "
                f"choose k from 1 to {fewest}"
            )
    return tuple(dict.fromkeys(ks))


def _rows(group: Sequence[Candidate], *, dedup: bool) -> dict[_Key, Candidate]:
    """The distinct rows of a task, by candidate id and copy, in order of first appearance."""
    rows: dict[_Key, Candidate] = {}
    copies: dict[str, int] = {}
    for candidate in group:
        copy = 0 if dedup else copies.get(candidate.id, 0)
        copies[candidate.id] = copy + 1
        rows.setdefault((candidate.id, copy), candidate)
    return rows


def _kept(
    given: Mapping[str, Sequence[Candidate]], rows: Mapping[str, Mapping[_Key, Candidate]], run: Keeper | None
) -> dict[str, list[_Part]]:
    parts: dict[str, list[_Part]] = {task: [] for task in given}
    if run is None:
        return parts
    for task, group in given.items():
        run.save_candidates(task, group)
        parts[task] = [([key], row) for key, row in run.done_rows(task).items() if key in rows[task]]
    return parts


def _judge_all(
    benchmark: Benchmark,
    rows: Mapping[str, Mapping[_Key, Candidate]],
    todo: Mapping[str, Sequence[_Key]],
    executor: Executor,
    limits: Limits,
) -> Iterator[tuple[str, list[_Key], Verdicts]]:
    """Rows as they finish; those with INFRA cells are run once more, after all others."""
    again: dict[str, list[_Key]] = {}
    for task, keys, verdicts in _judge_rounds(benchmark, rows, todo, executor, limits):
        failed = (verdicts.status == Status.INFRA).any(axis=1)
        if not failed.any():
            yield task, keys, verdicts
            continue
        again.setdefault(task, []).extend(key for key, bad in zip(keys, failed, strict=True) if bad)
        good = np.flatnonzero(~failed).tolist()
        if good:
            yield task, [keys[i] for i in good], verdicts.take(good)
    yield from _judge_rounds(benchmark, rows, again, executor, limits)


def _judge_rounds(
    benchmark: Benchmark,
    rows: Mapping[str, Mapping[_Key, Candidate]],
    todo: Mapping[str, Sequence[_Key]],
    executor: Executor,
    limits: Limits,
) -> Iterator[tuple[str, list[_Key], Verdicts]]:
    left = {task: list(keys) for task, keys in todo.items() if keys}
    width = _FIRST_WIDTH
    while left:
        clock = stopwatch()
        asked = {task: keys[:width] for task, keys in left.items()}
        programs = {task: [rows[task][key] for key in keys] for task, keys in asked.items()}
        for task, verdicts in benchmark.judge(programs, executor=executor, limits=limits):
            yield task, asked.pop(task), verdicts
        if asked:
            raise ExecutorError(
                f"{benchmark.name}: no verdicts came back for {', '.join(list(asked)[:3])}; run it again"
            )
        left = {task: keys[width:] for task, keys in left.items() if len(keys) > width}
        if clock() < _SHORT_ROUND_SECONDS:
            width *= 2


def _result(group: Sequence[Candidate], order: Sequence[_Key], parts: Sequence[_Part], *, dedup: bool) -> TaskResult:
    keys = [key for done, _ in parts for key in done]
    place = {key: i for i, key in enumerate(keys)}
    joined = Verdicts.join_rows([verdicts for _, verdicts in parts]).take([place[key] for key in order])
    if dedup:
        number = {candidate: i for i, (candidate, _) in enumerate(order)}
        rows = tuple(number[candidate.id] for candidate in group)
    else:
        rows = tuple(range(len(group)))
    statuses = first_statuses(joined)[list(rows)]
    n_infra = int((statuses == Status.INFRA).sum())
    return TaskResult(len(group) - n_infra, int((statuses == Status.PASS).sum()), n_infra, joined, rows)


def _metrics(results: Mapping[str, TaskResult], ks: Sequence[int], *, n_missing: int) -> dict[str, Interval]:
    metrics: dict[str, Interval] = {}
    for k in ks:
        enough = [result for result in results.values() if result.n >= k]
        n, c = np.array([result.n for result in enough]), np.array([result.c for result in enough])
        values = np.concatenate([pass_at_k(n, c, k) if enough else np.zeros(0), np.zeros(n_missing)])
        if values.size:
            metrics[f"pass@{k}"] = bootstrap(values, rng=np.random.default_rng(_SEED))
    return metrics


def _status_counts(results: Mapping[str, TaskResult]) -> dict[str, int]:
    counts = np.zeros(len(Status), np.int64)
    for result in results.values():
        counts += np.bincount(first_statuses(result.verdicts)[list(result.rows)], minlength=len(Status))
    return {status.name: int(counts[status]) for status in Status}
