"""The recorded seeds and repairs of LDB, read as benchmarks and programs; part of the experiment of LDB.

Not covered: the result files of TransCoder, which are not part of the reference data.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks import humaneval
from unriddle.benchmarks.base import Task, TaskBenchmark, named
from unriddle.candidate import Candidate
from unriddle.errors import BadProblem
from unriddle.lab.base import Context
from unriddle.lab.recorded import judge_kept
from unriddle.language import asserts, python
from unriddle.outcome import Limits
from unriddle.problem import CodeTest, Problem, Signature, Test
from unriddle.record import read_jsonl

__all__ = [
    "NEEDS",
    "RUNS",
    "SEEDS",
    "Recorded",
    "Run",
    "benchmark",
    "judge",
    "program",
    "recorded_folder",
    "rows_of",
    "seed_rows",
    "shown_benchmark",
]

NEEDS = "needs the recorded runs (folder ldb of the reference data; give --data FOLDER or UNRIDDLE_DATA)"

LIMITS = Limits(cpu_seconds=3.0, wall_seconds=60.0, max_kills=1)
"""CPU time decides, also on a busy machine; one endless loop costs one limit and not three."""

_HEADER = (
    "from typing import *\nimport math\nfrom heapq import *\nimport itertools\nimport re\nimport typing\nimport heapq\n"
)
"""What the authors put before a program that is to run."""


@dataclass(frozen=True, slots=True)
class Run:
    """A recorded run: where it is, and what the authors counted.

    Attributes:
        benchmark: ``humaneval`` or ``mbpp``.
        file: Below ``results/ldb``.
        solved: Problems solved after the repairs.
        seed_model: Whose programs it began with, where these are to be counted too.
    """

    benchmark: str
    file: str
    solved: int
    seed_model: str = ""

    @property
    def name(self) -> str:
        """How claims call it."""
        return f"{self.benchmark} {self.file.removeprefix(self.benchmark + '/').removesuffix('/results')}"


RUNS = (
    Run("humaneval", "humaneval/gpt-3.5-turbo-0613/results", 136, "gpt-3.5-turbo-0613"),
    Run("humaneval", "humaneval/gpt-3.5-turbo-0613-line-level/results", 132),
    Run("humaneval", "humaneval/gpt-3.5-turbo-0613-function-level/results", 131),
    Run("humaneval", "humaneval/codellama/results", 91, "codellama"),
    Run("humaneval", "humaneval/starcoder/results", 65, "starcoder"),
    Run("humaneval", "humaneval/gpt-4-seed/results", 147, "gpt-4-1106-preview"),
    Run("humaneval", "humaneval/reflexion/gpt-3.5-turbo-0613", 156, "reflexion"),
    Run("humaneval", "humaneval/reflexion/gpt-4-1106-preview", 159),
    Run("humaneval", "humaneval/reflexion/gpt-4o-2024-05-13", 161),
    Run("mbpp", "mbpp/gpt-3.5-turbo-0613/results", 380, "gpt-3.5-turbo-0613"),
    Run("mbpp", "mbpp/codellama/results", 287, "codellama"),
    Run("mbpp", "mbpp/starcoder/results", 277, "starcoder"),
)
"""Every recorded run, with the count that the authors publish."""

SEEDS = (("transcoder", "gpt-3.5-turbo-0613"), ("transcoder", "codellama"), ("transcoder", "starcoder"))
"""Seeds without recorded repairs: benchmark and model."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """The rows of one run, judged again.

    Attributes:
        tasks: Ids, ``(p,)``.
        programs: Of each task, from the seed on.
        marked: ``(p,)`` the last program solves it, as recorded.
        seed_right: ``(p,)`` the seed passes the official tests here.
        last_right: ``(p,)`` so does the last program.
    """

    tasks: tuple[str, ...]
    programs: tuple[tuple[Candidate, ...], ...]
    marked: npt.NDArray[np.bool_]
    seed_right: npt.NDArray[np.bool_]
    last_right: npt.NDArray[np.bool_]


def recorded_folder(context: Context) -> Path | None:
    """Where the recorded runs are; ``None`` when they are not there."""
    folder = None if context.data is None else context.data / "ldb"
    return folder if folder is not None and (folder / "results" / "ldb").is_dir() else None


def benchmark(folder: Path, name: str) -> TaskBenchmark:
    """The problems of ``humaneval``, ``mbpp`` or ``transcoder``, with LDB's visible tests and the official ones."""
    file = folder / "input_data" / name / "test" / ("tests.jsonl" if name == "humaneval" else "tests.jsonl.xz")
    return TaskBenchmark(f"ldb-{name}", tuple(_task(row) for _, row in read_jsonl(file)), LIMITS)


def _task(row: Mapping[str, Any]) -> Task:
    entry, prompt = row["entry_point"], row["prompt"]
    whole = prompt.rstrip() + "\n    pass\n"
    try:
        prelude, signature = humaneval.prompt_helpers(whole, entry), python.signature(whole, entry)
        statement = python.docstring(whole, entry)
    except BadProblem:
        prelude, signature, statement = "", Signature(entry), prompt
    shown = row["given_tests"]
    shown = ast.literal_eval(shown) if isinstance(shown, str) else shown
    visible = [t for text in shown for t in _tests(text, entry, prelude)]
    problem = Problem(
        id=row["task_id"], statement=statement, signature=signature, stub="" if not statement else prompt,
        tests=named(visible, "shown"),
    )  # fmt: skip
    hidden = _tests(row["test"], entry, prelude)
    reference = row["canonical_solution"]
    reference = reference if f"def {entry}" in reference else prompt + reference
    return Task(problem, named(hidden, "check"), reference)


def _tests(text: str, entry: str, prelude: str) -> list[Test]:
    """The tests of a text; one that cannot be read (TransCoder has ``f(001)``) is a test that nothing passes."""
    try:
        return asserts.tests_from_code(text, entry, prelude=prelude)
    except BadProblem:
        return [CodeTest("raise SyntaxError('this test cannot be read')", source=text)]


def shown_benchmark(problems: TaskBenchmark) -> TaskBenchmark:
    """The same problems judged on their visible tests; those without any are left out."""
    tasks = tuple(Task(task.problem, task.problem.tests) for task in problems.tasks if task.problem.tests)
    return TaskBenchmark(f"{problems.name}-shown", tasks, LIMITS)


def rows_of(folder: Path, run: Run) -> list[dict[str, Any]]:
    """The rows of a recorded run."""
    return [row for _, row in read_jsonl(folder / "results" / "ldb" / f"{run.file}.jsonl.xz")]


def seed_rows(folder: Path, name: str, model: str) -> list[dict[str, Any]]:
    """The rows of recorded seeds."""
    return [row for _, row in read_jsonl(folder / "input_data" / name / "seed" / model / "seed.jsonl.xz")]


def program(source: str) -> Candidate:
    """A recorded program with the imports that the authors ran it with."""
    return Candidate(source if source.startswith(_HEADER) else _HEADER + source, proposer="recorded")


def judge(problems: TaskBenchmark, rows: Sequence[Mapping[str, Any]], *, context: Context) -> Recorded:
    """Seed and last program of every row on the official tests; verdicts are kept for the next run."""
    programs = {row["task_id"]: tuple(program(text) for text in row["implementations"]) for row in rows}
    ends = {task: [of[0], of[-1]] for task, of in programs.items()}
    judged = judge_kept(problems, ends, context=context, limits=LIMITS)
    right = np.array([judged[task].solved() for task in programs])
    return Recorded(
        tuple(programs), tuple(programs.values()), np.array([bool(row["is_solved"]) for row in rows]),
        right[:, 0], right[:, 1],
    )  # fmt: skip
