"""The contracts between rooms: small Protocols that proposers, executors, scores and benchmarks fulfil.

They are structural: nothing needs to inherit from them. Conformance kits are in ``tests/contract``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.outcome import Limits
from unriddle.problem import Problem, Test
from unriddle.verdicts import Verdicts

__all__ = ["Benchmark", "Executor", "Feedback", "Group", "Proposer", "Score"]

Score = Callable[[Verdicts], npt.NDArray[np.float64]]
"""``Verdicts -> (n,)``, higher is better, −inf for "never"; pure."""

Feedback = Callable[[Candidate, Verdicts], str]
"""``(candidate, its row (1, m)) -> text`` for the next proposal."""

Group = tuple[Sequence[Candidate], Sequence[Test]]
"""Candidates and the tests every one of them meets."""


class Proposer(Protocol):
    """Proposes programs for one Problem; made for it and thrown away with it."""

    def ask(self, k: int) -> list[Candidate]:
        """At most ``k`` new candidates; an empty list means there are no more."""
        ...

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """What running the last candidates showed: ``verdicts`` is ``(len(candidates), m)``."""
        ...


class Executor(Protocol):
    """Runs candidates on tests; a context manager that owns its processes."""

    # ``limits=None`` means the defaults of ``Limits``.

    @property
    def isolation(self) -> str:
        """The isolation level reached; stored with every result."""
        ...

    def __enter__(self) -> Executor: ...

    def __exit__(self, *exc: object) -> None: ...

    def run(self, candidates: Sequence[Candidate], tests: Sequence[Test], *, limits: Limits | None = None) -> Verdicts:
        """The whole matrix ``(n, m)``, rows in the order of ``candidates``."""
        ...

    def stream(
        self, candidates: Sequence[Candidate], tests: Sequence[Test], *, limits: Limits | None = None
    ) -> Iterator[tuple[int, Verdicts]]:
        """``(i, row)`` with row ``(1, m)`` as each candidate finishes, in any order."""
        ...

    def run_groups(self, groups: Iterable[Group], *, limits: Limits | None = None) -> Iterator[tuple[int, Verdicts]]:
        """``(number of the group, its matrix)`` as each group finishes, in any order; groups share the workers."""
        ...


class Benchmark(Protocol):
    """Problems with hidden tests; the only place where hidden tests are."""

    @property
    def name(self) -> str:
        """Its name in reports and on the command line."""
        ...

    def __iter__(self) -> Iterator[Problem]: ...

    def __len__(self) -> int: ...

    def judge(
        self,
        candidates: Mapping[str, Sequence[Candidate]],
        *,
        executor: Executor,
        limits: Limits | None = None,
    ) -> Iterator[tuple[str, Verdicts]]:
        """``(problem id, verdicts on its hidden tests)`` as problems finish, in any order.

        ``limits=None`` means the benchmark's own default.
        """
        ...
