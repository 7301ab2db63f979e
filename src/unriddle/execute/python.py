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
from unriddle.execute.fill import Builder
from unriddle.execute.isolation import Level, installed
from unriddle.execute.job import Steps
from unriddle.execute.plan import Plan, make_plan
from unriddle.execute.pool import Pool, Task
from unriddle.execute.row import run_row
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
        seed: Every candidate starts with this seed for string hashes (PYTHONHASHSEED), ``random`` and
            ``numpy.random``, so that a repeated run gives the same verdicts. Kept with the results.

    Raises:
        IsolationError: The level cannot be had on this machine (when the executor is entered).
        BadInput: ``workers`` is less than 1, or the seed is not one that Python takes.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        isolation: Level = "namespaces+seccomp",
        packages: Sequence[str] = ("numpy",),
        seed: int = 0,
    ) -> None:
        if workers is not None and workers < 1:
            raise BadInput(f"PythonExecutor: workers must be 1 or more, got {workers}")
        if not 0 <= seed < 2**32:
            raise BadInput(f"PythonExecutor: seed must be from 0 to {2**32 - 1}, got {seed}")
        self._level: Level = isolation
        self._seed = seed
        self._packages = installed(packages)
        self._mentions = re.compile(rf"\b({'|'.join(map(re.escape, self._packages)) or '(?!)'})\b")
        self._workers = workers or len(os.sched_getaffinity(0))
        self._pool = Pool(workers=self._workers, level=isolation, packages=self._packages, seed=seed)

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
        open_groups: dict[int, Builder] = {}
        empty: list[int] = []

        def tasks() -> Iterator[Task]:
            plans: dict[int, tuple[Sequence[Test], Plan]] = {}
            for number, (candidates, tests) in enumerate(groups):
                kept = plans.get(id(tests))
                plan = kept[1] if kept else make_plan(tests)
                plans = {id(tests): (tests, plan)}
                open_groups[number] = Builder(candidates, plan, info)
                if not candidates:
                    empty.append(number)
                for i, candidate in enumerate(candidates):
                    yield self._task((number, i), candidate, plan, limits)

        for (number, i), row in self._pool.drive(tasks()):
            builder = open_groups[number]
            builder.add(i, row.cells)
            if builder.done:
                del open_groups[number]
                yield number, builder.verdicts()
        for number in empty:
            yield number, open_groups[number].verdicts()

    def _task(self, key: tuple[int, int], candidate: Candidate, plan: Plan, limits: Limits) -> Task:
        if candidate.language != "python":
            raise BadInput(
                f"candidate {candidate.id} is written in {candidate.language!r}; this executor runs Python only"
            )
        heavy = plan.heavy or bool(self._mentions.search(candidate.source)) or self._code_mentions(plan)

        def alone(_: int = 0) -> Steps:
            return run_row(candidate, plan, limits)

        return Task((key,), alone, alone, limits, heavy)

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
            "seed": self._seed,
            "unriddle": __version__,
        }
