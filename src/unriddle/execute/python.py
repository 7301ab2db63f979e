"""PythonExecutor: runs Python candidates in warm sandboxes and fills the matrix.

One fork per candidate (and per isolated test); the zygotes stay warm between calls. Not covered: other languages.
"""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Group
from unriddle.errors import BadInput
from unriddle.execute.fill import to_verdicts
from unriddle.execute.isolation import Level, installed
from unriddle.execute.plan import Plan, make_plan
from unriddle.execute.pool import Pool, Task
from unriddle.execute.row import Row, run_row
from unriddle.outcome import Limits
from unriddle.problem import CodeTest, Test
from unriddle.verdicts import Verdicts

__all__ = ["PythonExecutor"]


class PythonExecutor:
    """Runs candidates on tests; a context manager that owns its sandboxes.

    Args:
        workers: Candidates run at the same time; ``None`` means one per core.
        isolation: Isolation level; a level that cannot be had raises, it is never lowered.
        packages: Third-party packages that candidates may import, where installed.

    Raises:
        IsolationError: The level cannot be had on this machine (when the executor is entered).
        BadInput: ``workers`` is less than 1.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        isolation: Level = "namespaces+seccomp",
        packages: Sequence[str] = ("numpy",),
    ) -> None:
        if workers is not None and workers < 1:
            raise BadInput(f"PythonExecutor: workers must be 1 or more, got {workers}")
        self._level: Level = isolation
        self._packages = installed(packages)
        self._mentions = re.compile(rf"\b({'|'.join(map(re.escape, self._packages)) or '(?!)'})\b")
        self._workers = workers or len(os.sched_getaffinity(0))
        self._pool = Pool(workers=self._workers, level=isolation, packages=self._packages)

    @property
    def isolation(self) -> str:
        """The level every candidate of this executor runs under."""
        return self._level

    def __enter__(self) -> PythonExecutor:
        self._pool.warm(Limits().scratch_mb)
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End all sandboxes; the executor can be used again and starts new ones."""
        self._pool.close()

    def run(self, candidates: Sequence[Candidate], tests: Sequence[Test], *, limits: Limits | None = None) -> Verdicts:
        """The whole matrix ``(n, m)``, rows in the order of ``candidates``.

        Raises:
            BadInput: A candidate is not Python.
            BadProblem: A test holds something that is not plain data.
        """
        for _, verdicts in self.run_groups([(candidates, tests)], limits=limits):
            return verdicts
        raise AssertionError("one group gives one matrix")

    def stream(
        self, candidates: Sequence[Candidate], tests: Sequence[Test], *, limits: Limits | None = None
    ) -> Iterator[tuple[int, Verdicts]]:
        """``(i, row)`` with row ``(1, m)`` as each candidate finishes, in any order."""
        return self.run_groups([([candidate], tests) for candidate in candidates], limits=limits)

    def run_groups(self, groups: Iterable[Group], *, limits: Limits | None = None) -> Iterator[tuple[int, Verdicts]]:
        """``(number of the group, its matrix)`` as each group finishes; all groups share the workers."""
        limits = limits or Limits()
        info = self._info(limits)
        open_groups: dict[int, tuple[Sequence[Candidate], Plan, list[Row | None]]] = {}
        empty: list[int] = []

        def tasks() -> Iterator[tuple[tuple[int, int], Task]]:
            plans: dict[int, tuple[Sequence[Test], Plan]] = {}
            for number, (candidates, tests) in enumerate(groups):
                kept = plans.get(id(tests))
                plan = kept[1] if kept else make_plan(tests)
                plans = {id(tests): (tests, plan)}
                open_groups[number] = (candidates, plan, [None] * len(candidates))
                if not candidates:
                    empty.append(number)
                for i, candidate in enumerate(candidates):
                    yield (number, i), self._task(candidate, plan, limits)

        left: dict[int, int] = {}
        for (number, i), row in self._pool.drive(tasks()):
            candidates, plan, rows = open_groups[number]
            rows[i] = row
            left[number] = left.get(number, len(candidates)) - 1
            if left[number] == 0:
                del open_groups[number]
                yield number, to_verdicts(candidates, plan, [r.cells for r in rows if r is not None], info)
        for number in empty:
            yield number, Verdicts.empty(open_groups[number][1].names, info=info)

    def _task(self, candidate: Candidate, plan: Plan, limits: Limits) -> Task:
        if candidate.language != "python":
            raise BadInput(
                f"candidate {candidate.id} is written in {candidate.language!r}; this executor runs Python only"
            )
        heavy = plan.heavy or bool(self._mentions.search(candidate.source)) or self._code_mentions(plan)
        return Task(lambda: run_row(candidate, plan, limits), limits, heavy)

    def _code_mentions(self, plan: Plan) -> bool:
        texts = (text for _, test in plan.code if isinstance(test, CodeTest) for text in (test.code, test.prelude))
        return any(self._mentions.search(text) for text in texts)

    def _info(self, limits: Limits) -> dict[str, Any]:
        from unriddle import __version__

        return {
            "isolation": self._level,
            "limits": limits.as_dict(),
            "packages": list(self._packages),
            "python": platform.python_version(),
            "unriddle": __version__,
        }
