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
from unriddle.execute.share import Sharing, batches, run_shared
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
        share: Programs that may share a process in a first tier, which only rejects: what it does not plainly reject
            is run again alone (see ``unriddle.execute.share``). 1 means that every program runs alone.

    Raises:
        IsolationError: The level cannot be had on this machine (when the executor is entered).
        BadInput: ``workers`` or ``share`` is less than 1, or the seed is not one that Python takes.
    """

    def __init__(
        self,
        *,
        workers: int | None = None,
        isolation: Level = "namespaces+seccomp",
        packages: Sequence[str] = ("numpy",),
        seed: int = 0,
        share: int = 1,
    ) -> None:
        if workers is not None and workers < 1:
            raise BadInput(f"PythonExecutor: workers must be 1 or more, got {workers}")
        if not 0 <= seed < 2**32:
            raise BadInput(f"PythonExecutor: seed must be from 0 to {2**32 - 1}, got {seed}")
        if share < 1:
            raise BadInput(f"PythonExecutor: share must be 1 or more programs per process, got {share}")
        self._level: Level = isolation
        self._sharing = Sharing(share)
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
                for places in batches(candidates, plan, self._sharing):
                    yield self._task(number, places, [candidates[i] for i in places], plan, limits)

        for (number, i), row in self._pool.drive(tasks()):
            builder = open_groups[number]
            builder.add(i, row.cells)
            if builder.done:
                del open_groups[number]
                yield number, builder.verdicts()
        for number in empty:
            yield number, open_groups[number].verdicts()

    def _task(
        self, number: int, places: Sequence[int], candidates: Sequence[Candidate], plan: Plan, limits: Limits
    ) -> Task:
        for candidate in candidates:
            if candidate.language != "python":
                raise BadInput(
                    f"candidate {candidate.id} is written in {candidate.language!r}; this executor runs Python only"
                )
        heavy = plan.heavy or any(self._mentions.search(c.source) for c in candidates) or self._code_mentions(plan)

        def alone(i: int) -> Steps:
            return run_row(candidates[i], plan, limits)

        def begin() -> Steps:
            return run_shared(candidates, plan, limits, self._sharing) if len(candidates) > 1 else alone(0)

        return Task(tuple((number, i) for i in places), begin, alone, limits, heavy)

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
            "share": self._sharing.width,
            "unriddle": __version__,
        }
