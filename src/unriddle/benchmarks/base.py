"""TaskBenchmark: tasks with hidden tests, judged through an executor; and samples in the field's file formats.

Hidden tests stay in ``Task.hidden``; iterating a benchmark gives Problems, which hold visible tests only. Not covered:
running language models (``unriddle.propose``) and keeping results (``unriddle.store``).
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadProblem, shorten
from unriddle.language.python import signature
from unriddle.outcome import Limits
from unriddle.problem import Problem, Test
from unriddle.record import read_jsonl
from unriddle.verdicts import Verdicts

__all__ = ["Task", "TaskBenchmark", "named", "near", "read_samples", "task_of"]


@dataclass(frozen=True, slots=True)
class Task:
    """One problem of a benchmark, with what only the benchmark may know.

    Args:
        problem: What a proposer sees.
        hidden: The tests that decide, ``(m,)``.
        reference: A program known to be right; empty when the benchmark has none.
        prefix: What a sample's ``completion`` continues.
    """

    problem: Problem
    hidden: tuple[Test, ...]
    reference: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class TaskBenchmark:
    """A benchmark made of tasks; fulfils ``unriddle.contracts.Benchmark``.

    Args:
        name: Its name in reports and on the command line.
        tasks: The tasks, ``(p,)``, in the published order.
        limits: Limits per test when the caller gives none.
        meta: How it was loaded (source, options), for reports.

    Raises:
        BadInput: Two tasks share an id, or there are none.
    """

    name: str
    tasks: tuple[Task, ...]
    limits: Limits = field(default_factory=Limits)
    meta: Mapping[str, Any] = field(default_factory=dict, compare=False)
    _by_id: dict[str, Task] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        if not self.tasks:
            raise BadInput(f"benchmark {self.name}: expected at least one task, found none; check the file and options")
        self._by_id.update({task.problem.id: task for task in self.tasks})
        if len(self._by_id) < len(self.tasks):
            ids = [task.problem.id for task in self.tasks]
            twice = next(name for i, name in enumerate(ids) if name in ids[:i])
            raise BadInput(f"benchmark {self.name}: two tasks have the id {twice!r}; ids must differ")

    def __iter__(self) -> Iterator[Problem]:
        return (task.problem for task in self.tasks)

    def __len__(self) -> int:
        return len(self.tasks)

    def task(self, name: str | int) -> Task:
        """The task called ``name``: its id (upper or lower case), or the part after its last ``/``.

        Raises:
            BadInput: There is none, or several; the message lists the nearest ids.
        """
        text = str(name)
        if text in self._by_id:
            return self._by_id[text]
        low = text.lower()
        found = [task for key, task in self._by_id.items() if low == key.lower()]
        found = found or [task for key, task in self._by_id.items() if low == key.lower().rpartition("/")[2]]
        if len(found) == 1:
            return found[0]
        raise BadInput(
            f"benchmark {self.name}: {'several tasks are' if found else 'no task is'} called {shorten(text)}; "
            + near(text, [task.problem.id for task in found] or self._by_id)
        )

    def take(self, names: Iterable[str | int]) -> TaskBenchmark:
        """The same benchmark with these tasks only, in this order.

        Raises:
            BadInput: A name is unknown.
        """
        return dataclasses.replace(self, tasks=tuple(self.task(name) for name in names))

    def program(self, name: str | int, sample: Mapping[str, Any]) -> Candidate:
        """The program of one sample: ``completion`` continues the task's prompt, ``solution`` is a whole program.

        Raises:
            BadInput: The task is unknown, or the sample has both, neither, or something that is not text.
        """
        task = self.task(name)
        where = f"sample for {task.problem.id}"
        given = [key for key in ("completion", "solution") if sample.get(key) is not None]
        if len(given) != 1:
            raise BadInput(
                f"{where}: expected either 'completion' or 'solution', got {' and '.join(given) or 'neither'}"
            )
        text = sample[given[0]]
        if not isinstance(text, str):
            raise BadInput(f"{where}: {given[0]!r} must be text, got {type(text).__name__} {shorten(text)}")
        prefix = task.prefix if given[0] == "completion" else ""
        return Candidate(_with_context(prefix + text, task.problem), proposer="sample")

    def judge(
        self, candidates: Mapping[str, Sequence[Candidate]], *, executor: Executor, limits: Limits | None = None
    ) -> Iterator[tuple[str, Verdicts]]:
        """``(task id, verdicts (n, m) on its hidden tests)`` as tasks finish, in any order.

        Args:
            candidates: Programs by task id; ids the mapping leaves out are not judged.
            executor: Where they run.
            limits: Limits per test; the benchmark's own when ``None``.

        Raises:
            BadInput: A task id is unknown.
        """
        tasks = [self.task(name) for name in candidates]
        rows = [list(of) for of in candidates.values()]
        full = [i for i, of in enumerate(rows) if of]
        for i, task in enumerate(tasks):
            if not rows[i]:
                yield task.problem.id, Verdicts.empty([test.name for test in task.hidden])
        groups = [(rows[i], tasks[i].hidden) for i in full]
        for number, verdicts in executor.run_groups(groups, limits=limits or self.limits):
            yield tasks[full[number]].problem.id, verdicts


def _with_context(source: str, problem: Problem) -> str:
    """The program with the problem's own trusted code before it, unless it already has it."""
    context = problem.context
    return source if not context or context in source else f"{context.rstrip()}\n\n\n{source}"


def named(tests: Iterable[Test], label: str) -> tuple[Test, ...]:
    """The tests, with the names ``label[0]``, ``label[1]``, … where they have none."""
    return tuple(test if test.name else dataclasses.replace(test, name=f"{label}[{j}]") for j, test in enumerate(tests))


def near(name: str, known: Iterable[str]) -> str:
    """A hint for messages: the known names nearest to a wrong one, or the first ones."""
    names = list(known)
    lower = {key.lower(): key for key in reversed(names)}
    close = [lower[key] for key in difflib.get_close_matches(name.lower(), lower, n=3, cutoff=0.5)]
    if close:
        return f"did you mean {' or '.join(close)}?"
    more = f", … ({len(names)} in all)" if len(names) > 5 else ""
    return f"it has: {', '.join(names[:5])}{more}"


def read_samples(path: str | Path, benchmark: TaskBenchmark) -> dict[str, list[Candidate]]:
    """Candidates by task id, in file order, from a JSON Lines file of samples (``.gz`` and ``.xz`` too).

    A row is ``{"task_id", "completion"}`` (continues the prompt), ``{"task_id", "solution"}`` (whole program), or
    ``{"task_id" or "prompt", "samples": [text, …]}`` (continuations of the row's own prompt, else of the task's).

    Raises:
        BadInput: The file cannot be read, or a row is not one of these; the message has the line number.
    """
    found: dict[str, list[Candidate]] = {}
    for number, row in read_jsonl(path):
        try:
            task = task_of(row, benchmark)
            found.setdefault(task.problem.id, []).extend(_programs(row, task, benchmark))
        except BadInput as error:
            raise BadInput(f"{path}, line {number}: {error}") from error
    if not found:
        raise BadInput(f"{path}: expected samples, one JSON object per line, found none")
    return found


def task_of(row: Mapping[str, Any], benchmark: TaskBenchmark) -> Task:
    """The task of one row, by its ``task_id``, else by its ``prompt``.

    Raises:
        BadInput: The row has neither, or no task or several tasks fit.
    """
    name = row.get("task_id")
    if isinstance(name, (str, int)) and not isinstance(name, bool):
        return benchmark.task(name)
    if name is not None:
        raise BadInput(f"'task_id' must be text or a number, got {type(name).__name__} {shorten(name)}")
    prompt = row.get("prompt")
    if not isinstance(prompt, str):
        raise BadInput(f"expected 'task_id' (or the 'prompt' of a task), got the keys {sorted(row)}")
    return _task_with_prompt(prompt, benchmark)


def _task_with_prompt(prompt: str, benchmark: TaskBenchmark) -> Task:
    """The task whose prompt this is; published sample files shorten prompts, so names and shared lines decide."""
    same = [task for task in benchmark.tasks if task.prefix.strip() == prompt.strip()]
    if len(same) == 1:
        return same[0]
    try:
        entry = signature(prompt).name
    except BadProblem:
        entry = ""
    lines = {line.strip() for line in prompt.splitlines()}
    shared = {
        task.problem.id: len(lines & {line.strip() for line in task.prefix.splitlines()})
        for task in benchmark.tasks
        if task.problem.entry == entry
    }
    best = [name for name, n in shared.items() if n == max(shared.values())]
    if len(best) != 1:
        raise BadInput(
            f"{'several tasks' if best else 'no task'} of {benchmark.name} could have the prompt "
            f"{shorten(prompt.strip())}; add its 'task_id'"
        )
    return benchmark.task(best[0])


def _programs(row: Mapping[str, Any], task: Task, benchmark: TaskBenchmark) -> list[Candidate]:
    language = row.get("language", "python")
    if not isinstance(language, str) or language.lower() not in ("python", "python3", task.problem.language):
        raise BadInput(f"expected programs in {task.problem.language}, got language {shorten(language)}")
    samples = row.get("samples")
    if samples is None:
        return [benchmark.program(task.problem.id, row)]
    if not isinstance(samples, list) or not all(isinstance(text, str) for text in samples):
        raise BadInput(f"'samples' must be a list of texts, got {shorten(samples)}")
    prompt = row.get("prompt")
    prefix = prompt if isinstance(prompt, str) else task.prefix
    return [benchmark.program(task.problem.id, {"solution": prefix + text}) for text in samples]
