"""ClusterExecutor: the executor's contract over the machines of a Ray cluster.

Each CPU of the cluster gets one Ray actor with one warm sandbox; batches of rows go out, ``Verdicts`` come back. Only
processes of ours talk to each other: this one, and actors that judge beside their sandboxes just as the local executor
does. Candidates' values cross as their encodings (bytes in ``Verdicts.values``), never as objects, and nothing of this
process's environment is sent. Ray itself trusts whoever can reach its ports, so keep a cluster in a closed network.

Not covered: nodes that join while an executor is open, and installing unriddle on the nodes (every node needs the
same Python, unriddle and candidates' packages; a difference is an error).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unriddle.candidate import Candidate
from unriddle.contracts import Group
from unriddle.errors import BadInput
from unriddle.execute.cluster_address import connect, import_ray
from unriddle.execute.cluster_places import Batch, Places
from unriddle.execute.cluster_worker import Settings, plain_tests
from unriddle.execute.isolation import Level
from unriddle.execute.plan import test_names
from unriddle.execute.python import PythonExecutor
from unriddle.outcome import Limits, Status
from unriddle.problem import Test
from unriddle.verdicts import Detail, Verdicts

__all__ = ["ClusterExecutor"]

_BATCH_CELLS = 256
_STREAM_CELLS = 32
"""A streamed row waits for the rest of its batch, so those batches are small."""


@dataclass(slots=True)
class _Open:
    """A group under way: what is missing of it, and its finished parts with the rows they hold."""

    candidates: Sequence[Candidate]
    names: tuple[str, ...]
    tests: Any
    left: int
    parts: list[tuple[list[int], Verdicts]] = field(default_factory=list)


class ClusterExecutor:
    """Runs candidates on the nodes of a Ray cluster; a context manager that owns its actors there.

    Args:
        address: ``None``: the cluster this process is connected to already, else a Ray of its own on this machine.
            ``local``: a Ray of its own. ``auto``: the cluster that runs here. ``HOST:PORT`` or ``ray://HOST:PORT``.
        workers: Sandboxes in all; ``None`` means one per CPU of the cluster.
        isolation: The level that every node must reach; a node that cannot raises, it is never lowered.
        packages: Third-party packages that candidates may import, where installed.
        seed: As for ``PythonExecutor``.
        share: As for ``PythonExecutor``.
        max_failures: Cells of a batch that our machines failed to run this often are INFRA.
        start_seconds: Seconds the nodes may take to start their sandboxes.

    Raises:
        BadInput: ``workers`` or ``max_failures`` is less than 1.
        MissingExtra: Ray is not installed (when the executor is entered, like the errors below).
        IsolationError: A node cannot reach the level.
        ExecutorError: The cluster cannot be joined, or a node runs other versions.
    """

    def __init__(
        self,
        address: str | None = None,
        *,
        workers: int | None = None,
        isolation: Level = "namespaces+seccomp",
        packages: Sequence[str] = ("numpy",),
        seed: int = 0,
        share: int = 1,
        max_failures: int = 3,
        start_seconds: float = 60.0,
    ) -> None:
        for name, number in (("workers", workers), ("max_failures", max_failures)):
            if number is not None and number < 1:
                raise BadInput(f"ClusterExecutor: {name} must be 1 or more, got {number}")
        self._address, self._workers = address, workers
        self._max_failures, self._start_seconds = max_failures, start_seconds
        self._settings = Settings(isolation=isolation, packages=tuple(packages), seed=seed, share=share)
        # Never entered: it checks the settings, and says what stands in the results of every executor made with them.
        self._like = PythonExecutor(workers=1, **self._settings)
        self._stack: ExitStack | None = None
        self._places: Places | None = None

    @property
    def isolation(self) -> str:
        """The level that every candidate on every node runs under."""
        return self._like.isolation

    @property
    def n_workers(self) -> int:
        """Sandboxes at work; 0 when the executor is not open, fewer than at the start when nodes were lost."""
        return len(self._places) if self._places else 0

    def __enter__(self) -> ClusterExecutor:
        self._opened()
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the actors and leave the cluster; the executor can be used again and joins anew."""
        stack, self._stack, self._places = self._stack, None, None
        if stack is not None:
            stack.close()

    def run(self, candidates: Sequence[Candidate], tests: Sequence[Test], *, limits: Limits | None = None) -> Verdicts:
        """The whole matrix ``(n, m)``, rows in the order of ``candidates``.

        Raises:
            BadInput: A candidate is not Python.
            BadProblem: A test holds something that is not plain data.
            ExecutorError: No node is left.
        """
        for _, verdicts in self.run_groups([(candidates, tests)], limits=limits):
            return verdicts
        raise AssertionError("one group gives one matrix")

    def stream(
        self, candidates: Sequence[Candidate], tests: Sequence[Test], *, limits: Limits | None = None
    ) -> Iterator[tuple[int, Verdicts]]:
        """``(i, row)`` with row ``(1, m)`` as candidates finish, in any order."""
        for _, rows, verdicts in self._judged([(candidates, tests)], limits or Limits(), _STREAM_CELLS, {}):
            for place, i in enumerate(rows):
                yield i, _compact(verdicts.take([place]))

    def run_groups(self, groups: Iterable[Group], *, limits: Limits | None = None) -> Iterator[tuple[int, Verdicts]]:
        """``(number of the group, its matrix)`` as each group finishes; groups are read as places become free."""
        limits = limits or Limits()
        open_groups: dict[int, _Open] = {}
        for number, rows, verdicts in self._judged(groups, limits, _BATCH_CELLS, open_groups):
            group = open_groups[number]
            group.parts.append((rows, verdicts))
            group.left -= len(rows)
            if group.left == 0:
                del open_groups[number]
                yield number, _assembled(group.parts)

    def _judged(
        self, groups: Iterable[Group], limits: Limits, cells: int, open_groups: dict[int, _Open]
    ) -> Iterator[tuple[int, list[int], Verdicts]]:
        """``(group, rows, their verdicts)``: every row of every group exactly once (an empty group comes once too)."""
        places, info = self._opened(), self._like.run([], [], limits=limits).info
        empty: list[tuple[int, list[int], Verdicts]] = []
        source = self._batches(groups, limits, cells, open_groups, empty, info)
        more = True
        while more:
            slow: list[Batch] = []

            def bounded(slow: list[Batch] = slow) -> Iterator[Batch]:
                nonlocal more
                while len(slow) < 4 * len(places):
                    batch = next(source, None)
                    if batch is None:
                        more = False
                        return
                    yield batch

            for batch, verdicts in places.drive(bounded()):
                matrix = self._received(batch, verdicts, open_groups, info)
                keep, repeat = _split_slow(matrix, limits) if len(places) > 1 else (list(range(len(batch.rows))), [])
                slow += [dataclasses.replace(batch, rows=[batch.rows[i]], programs=[batch.programs[i]]) for i in repeat]
                if keep:
                    yield batch.group, [batch.rows[i] for i in keep], matrix.take(keep) if repeat else matrix
                while empty:
                    yield empty.pop()
            for batch, verdicts in places.drive(iter(slow), alone=True):
                yield batch.group, list(batch.rows), self._received(batch, verdicts, open_groups, info)
        yield from empty

    def _batches(
        self,
        groups: Iterable[Group],
        limits: Limits,
        cells: int,
        open_groups: dict[int, _Open],
        empty: list[tuple[int, list[int], Verdicts]],
        info: Mapping[str, Any],
    ) -> Iterator[Batch]:
        """The groups cut into batches; a group that arrives while places are idle is spread over them."""
        ray, places, kept = import_ray(), self._opened(), None
        for number, (candidates, tests) in enumerate(groups):
            _check_language(candidates)
            if kept is None or kept[0] is not tests:
                kept = (tests, plain_tests(tests))
                reference = ray.put(kept[1])
            names = test_names(tests)
            open_groups[number] = _Open(candidates, names, reference, len(candidates))
            if not candidates:
                empty.append((number, [], Verdicts.empty(names, info=info)))
            most = max(1, cells // max(1, len(tests)))
            step = min(most, -(-len(candidates) // max(1, places.n_idle))) if candidates else most
            for start in range(0, len(candidates), step):
                rows = range(start, min(start + step, len(candidates)))
                programs = [(candidates[i].source, candidates[i].prior) for i in rows]
                yield Batch(number, rows, programs, reference, limits)

    def _received(
        self, batch: Batch, verdicts: Verdicts | None, open_groups: dict[int, _Open], info: Mapping[str, Any]
    ) -> Verdicts:
        """The batch's matrix with arrays of our own (Ray's are read-only views of shared memory), or INFRA cells."""
        if verdicts is None:
            return _infra(batch, open_groups[batch.group], info)
        arrays = {name: getattr(verdicts, name).copy() for name in ("status", "value", "cpu_seconds", "prior")}
        return dataclasses.replace(verdicts, info=info, **arrays)

    def _opened(self) -> Places:
        if self._places is not None:
            return self._places
        ray = import_ray()
        with connect(self._address, cpus=self._workers) as stack:
            places = Places(
                ray,
                workers=self._workers,
                settings=self._settings,
                max_failures=self._max_failures,
                start_seconds=self._start_seconds,
            )
            stack.callback(places.close)
            self._stack = stack.pop_all()
        self._places = places
        return places


def _check_language(candidates: Sequence[Candidate]) -> None:
    for candidate in candidates:
        if candidate.language != "python":
            raise BadInput(
                f"candidate {candidate.id} is written in {candidate.language!r}; this executor runs Python only"
            )


def _split_slow(verdicts: Verdicts, limits: Limits) -> tuple[list[int], list[int]]:
    """Rows to believe, and rows to repeat alone: a program that was computing when the wall limit ended it."""
    seconds, most = verdicts.cpu_seconds, limits.cpu_seconds
    starved = (verdicts.status == Status.TIMEOUT) & (seconds > 0.2 * most) & (seconds < 0.9 * most)
    repeat = np.flatnonzero(starved.any(axis=1)).tolist()
    return [i for i in range(len(verdicts.candidates)) if i not in set(repeat)], repeat


def _assembled(parts: Sequence[tuple[list[int], Verdicts]]) -> Verdicts:
    """The parts as one matrix, rows in the group's order, whatever the order the parts came in."""
    if len(parts) == 1:
        return parts[0][1]
    order = np.argsort([i for rows, _ in parts for i in rows], kind="stable").tolist()
    return _compact(Verdicts.join_rows([verdicts for _, verdicts in parts]).take(order))


def _compact(verdicts: Verdicts) -> Verdicts:
    """The same matrix with its values numbered in order of first appearance, and no value that no cell has."""
    numbers, first, place = np.unique(verdicts.value, return_index=True, return_inverse=True)
    order = [k for k in np.argsort(first).tolist() if numbers[k] >= 0]
    new = np.full(len(numbers), -1, np.int32)
    new[order] = np.arange(len(order))
    value = new[place].reshape(verdicts.value.shape) if len(numbers) else verdicts.value
    return dataclasses.replace(verdicts, value=value, values=tuple(verdicts.values[numbers[k]] for k in order))


def _infra(batch: Batch, group: _Open, info: Mapping[str, Any]) -> Verdicts:
    shape = (len(batch.rows), len(group.names))
    detail = Detail(error=f"our machines failed {batch.failures} times on it: {batch.why}")
    return Verdicts(
        status=np.full(shape, Status.INFRA, np.int8),
        value=np.full(shape, -1, np.int32),
        cpu_seconds=np.full(shape, np.nan, np.float32),
        prior=np.array([np.nan if prior is None else prior for _, prior in batch.programs], np.float64),
        candidates=tuple(group.candidates[i].id for i in batch.rows),
        tests=group.names,
        details={(i, j): detail for i in range(shape[0]) for j in range(shape[1])},
        info=info,
    )
