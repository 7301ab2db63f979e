"""Benchmarks by name: ``load_benchmark("humaneval")``, ``"p3:puzzles.json"``, and one task: ``"humaneval/23"``.

A bare path is recognised by its content. Third parties add names through the entry point group
``unriddle.benchmarks``: a function ``load(path, **options) -> TaskBenchmark``. Not covered: downloading data.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from unriddle.benchmarks.base import Task, TaskBenchmark, near
from unriddle.benchmarks.rows import read_json
from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.record import read_jsonl

__all__ = ["NAMES", "benchmark_names", "load_benchmark", "load_task"]

NAMES = {
    "humaneval": "unriddle.benchmarks.humaneval",
    "humaneval+": "unriddle.benchmarks.evalplus",
    "mbpp": "unriddle.benchmarks.mbpp",
    "mbpp+": "unriddle.benchmarks.evalplus",
    "p3": "unriddle.benchmarks.p3",
    "quixbugs": "unriddle.benchmarks.quixbugs",
    "mathqa": "unriddle.benchmarks.mathqa",
    "nursery": "unriddle.benchmarks.nursery",
}
"""Our names and the modules whose ``load`` reads them; imported on use."""

_GROUP = "unriddle.benchmarks"


def benchmark_names() -> list[str]:
    """Every name ``load_benchmark`` knows, ours first."""
    return [*NAMES, *(point.name for point in importlib.metadata.entry_points(group=_GROUP) if point.name not in NAMES)]


def load_benchmark(
    name: str, *, path: str | Path | None = None, executor: Executor | None = None, **options: Any
) -> TaskBenchmark:
    """The benchmark called ``name``.

    Args:
        name: ``humaneval``; a name with its data (``mbpp:PATH``); a bare path, recognised by its content; any of these
            with ``/TASK`` behind it, for one task.
        path: Where the data is, instead of in the name.
        executor: Where reference programs run, for benchmarks that need their outputs.
        options: What the benchmark's own ``load`` takes.

    Raises:
        BadInput: The name, a task or an option is unknown, or the data cannot be read.
        MissingExtra: The benchmark's package is not installed.
    """
    known = benchmark_names()
    key, colon, rest = name.partition(":")
    if key in known and (not colon or _is_data(Path(rest))):
        return _load(key, rest if colon else path, executor, options)
    if not colon and path is None and Path(name).exists():
        return _load(_recognised(Path(name)), name, executor, options)
    slashes = [i for i, letter in enumerate(name) if letter == "/"]
    for head, task in ((name[:i], name[i + 1 :]) for i in slashes):
        if task and _is_address(head, known):
            one = _only(head, task, options)
            return load_benchmark(head, path=path, executor=executor, **one).take([task])
    if key in known:
        return _load(key, rest or path, executor, options)
    raise BadInput(
        f"there is no benchmark called {shorten(name)} and no such file; {near(key, known)} "
        f"(names: {', '.join(known)}; or a path to a data file)"
    )


def _is_data(path: Path) -> bool:
    return path.is_file() or (path / "python_programs").is_dir()


def _is_address(head: str, known: Sequence[str]) -> bool:
    """Whether what stands before a slash is a benchmark, so that what follows is a task."""
    key, colon, rest = head.partition(":")
    return (key in known and (not colon or _is_data(Path(rest)))) or _is_data(Path(head))


def load_task(address: str, *, executor: Executor | None = None, **options: Any) -> tuple[TaskBenchmark, Task]:
    """A benchmark of one task and that task, by address: ``humaneval/23``, ``mbpp:PATH/11``.

    Raises:
        BadInput: The address does not name exactly one task.
    """
    benchmark = load_benchmark(address, executor=executor, **options)
    if len(benchmark) != 1:
        raise BadInput(f"{shorten(address)} names {len(benchmark)} tasks; add one, as in {address}/{_last(benchmark)}")
    return benchmark, benchmark.tasks[0]


def _last(benchmark: TaskBenchmark) -> str:
    return benchmark.tasks[0].problem.id.rpartition("/")[2]


def _only(head: str, task: str, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options that make a benchmark with costly expected outputs read this one task."""
    key = head.partition(":")[0]
    costly = (key if key in benchmark_names() else _recognised(Path(head))) in ("humaneval+", "mbpp+")
    return {**options, "tasks": [task]} if costly else dict(options)


def _load(name: str, path: str | Path | None, executor: Executor | None, options: Mapping[str, Any]) -> TaskBenchmark:
    load = _loader(name)
    known = inspect.signature(load).parameters
    open_ended = any(p.kind is p.VAR_KEYWORD for p in known.values())
    for option in options:
        if not open_ended and (option not in known or option in ("path", "executor")):
            own = [key for key in known if key not in ("path", "executor")]
            raise BadInput(f"benchmark {name}: there is no option {option!r}; it has: {', '.join(own) or 'none'}")
    given = dict(options)
    if "executor" in known or open_ended:
        given["executor"] = executor
    if path is not None:
        return load(path, **given)
    if "path" in known and known["path"].default is inspect.Parameter.empty:
        raise BadInput(
            f"benchmark {name}: its data is not in a package; write {name}:PATH, the file or folder it is in"
        )
    return load(**given)


def _loader(name: str) -> Callable[..., TaskBenchmark]:
    if name in NAMES:
        load: Callable[..., TaskBenchmark] = importlib.import_module(NAMES[name]).load
        return load
    (point,) = list(importlib.metadata.entry_points(group=_GROUP, name=name))[:1]
    found: Callable[..., TaskBenchmark] = point.load()
    return found


def _recognised(path: Path) -> str:
    """The name of the benchmark a file or folder holds, by its first row."""
    if path.is_dir():
        if (path / "python_programs").is_dir():
            return "quixbugs"
        raise BadInput(f"{path}: a folder without python_programs is no benchmark we know; name the data file itself")
    if ".json" in path.suffixes:
        document = read_json(path)
        row: Any = document[0] if isinstance(document, list) and document else {}
    else:
        row = next((row for _, row in read_jsonl(path)), {})
    keys = set(row) if isinstance(row, dict) else set()
    task = str(row.get("task_id", "")) if isinstance(row, dict) else ""
    if {"base_input", "canonical_solution"} <= keys:
        return "mbpp+" if task.startswith("Mbpp") else "humaneval+"
    if {"behaviour", "structure"} <= keys:
        return "nursery"
    if {"sat", "ans_type"} <= keys:
        return "p3"
    if {"code", "test_list"} <= keys:
        return "mbpp"
    if {"prompt", "test", "entry_point"} <= keys:
        return "mathqa" if task.startswith("MathQA") else "humaneval"
    raise BadInput(
        f"{path}: not a benchmark file we know; its first row has the keys {sorted(map(str, keys))}. "
        "If it is one, say which: NAME:PATH"
    )
