"""Places of a cluster: one Ray actor each, batches in flight on it, and what happens when it is lost.

A place gets its batches in order, at most ``_DEPTH`` at a time, so that the caller's memory does not grow with the
work. A batch has no effect but its answer, so the batches of a lost place are simply run again elsewhere; only the
one that was running counts it as a failure. Not covered: nodes that join later; the next ``with`` block sees them.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from unriddle.errors import ExecutorError, IsolationError, shorten
from unriddle.execute.cluster_worker import ClusterWorker, Report, Settings, report_here
from unriddle.outcome import Limits
from unriddle.verdicts import Verdicts

__all__ = ["Batch", "Places"]

_DEPTH = 2
"""Batches on a place: one that runs and one that is already there when it ends."""


@dataclass(slots=True, eq=False)
class Batch:
    """Rows of one group: what to run, and where running it failed.

    Attributes:
        group: Number of the group.
        rows: Its rows in the group, ``(n,)``.
        programs: Source and prior of each, ``(n,)``.
        tests: Ray's reference to the group's tests, ``(m,)``.
        limits: Limits per test.
        failures: How often it failed by our machines' fault.
        avoid: Nodes where it did.
        why: What went wrong the last time.
    """

    group: int
    rows: Sequence[int]
    programs: Sequence[tuple[str, float | None]]
    tests: Any
    limits: Limits
    failures: int = 0
    avoid: set[str] = field(default_factory=set)
    why: str = ""


@dataclass(slots=True, eq=False)
class _Place:
    """One actor: its node, the reference to its report while it starts, and its batches in order."""

    node: str
    name: str
    share: float
    actor: Any = None
    starting: Any = None
    deadline: float = 0.0
    pid: int = 0
    queue: deque[tuple[Any, Batch]] = field(default_factory=deque)
    strikes: int = 0


class Places:
    """Sandboxes spread over the nodes of the cluster this process is connected to.

    Args:
        ray: The module.
        workers: Sandboxes in all; ``None`` means one per CPU.
        settings: What each sandbox is made with.
        max_failures: A batch that failed this often is given up.
        start_seconds: Seconds a place may take to start.

    Raises:
        IsolationError: A node cannot reach the level.
        ExecutorError: A node runs other versions than this process, or did not start in time.
    """

    def __init__(
        self,
        ray: Any,
        *,
        workers: int | None,
        settings: Settings,
        max_failures: int,
        start_seconds: float,
    ) -> None:
        self._ray, self._settings = ray, settings
        self._max_failures, self._start_seconds = max_failures, start_seconds
        self._here = report_here(settings["packages"])
        self._actor_class = ray.remote(ClusterWorker)
        self._turn, self._last_loss = 0, ""
        self._places = _spread(_nodes(ray), workers)
        try:
            self._start_all()
        except BaseException:
            self.close()
            raise

    def __len__(self) -> int:
        return len(self._places)

    @property
    def pids(self) -> list[tuple[str, int]]:
        """``(node id, process id there)`` of the actors that run."""
        return [(place.node, place.pid) for place in self._places if place.starting is None]

    @property
    def n_idle(self) -> int:
        """Places that have nothing to do."""
        return sum(not place.queue and place.starting is None for place in self._places)

    def close(self) -> None:
        """End every actor and its sandbox."""
        for place in self._places:
            self._kill(place)
        self._places = []

    def drive(self, batches: Iterable[Batch], *, alone: bool = False) -> Iterator[tuple[Batch, Verdicts | None]]:
        """``(batch, its verdicts)`` as they finish; ``None`` for one that failed too often.

        Args:
            batches: Read only as fast as there are free places.
            alone: One batch per node at a time.

        Raises:
            ExecutorError: No place is left, or another drive has begun since.
        """
        self._abandon()
        self._turn += 1
        turn, again = self._turn, deque[Batch]()
        source: Iterator[Batch] | None = iter(batches)
        try:
            while True:
                source = self._hand_out(again, source, alone=alone)
                if source is None and not again and not any(place.queue for place in self._places):
                    return
                if not self._places:
                    raise ExecutorError(
                        "every sandbox of the cluster is lost; `ray status` shows which nodes are left. What was "
                        f"finished before was given out. The last loss: {self._last_loss}"
                    )
                for batch, verdicts in self._collect(again):
                    yield batch, verdicts
                    if self._turn != turn:
                        raise ExecutorError("this executor was used for something else before these results were read")
        finally:
            if self._turn == turn:
                self._abandon()

    def _hand_out(self, again: deque[Batch], source: Iterator[Batch] | None, *, alone: bool) -> Iterator[Batch] | None:
        """Give batches to free places, failed ones first; ``None`` once the source has no more."""
        for batch in list(again):
            place = self._place_for(batch, alone=alone)
            if place is not None:
                again.remove(batch)
                self._send(place, batch)
        while source is not None and self._free(alone=alone):
            fresh = next(source, None)
            if fresh is None:
                return None
            place = self._place_for(fresh, alone=alone)
            assert place is not None
            self._send(place, fresh)
        return source

    def _free(self, *, alone: bool) -> list[_Place]:
        busy = {place.node for place in self._places if place.queue} if alone else set()
        return [p for p in self._places if p.starting is None and len(p.queue) < _DEPTH and p.node not in busy]

    def _place_for(self, batch: Batch, *, alone: bool) -> _Place | None:
        """The emptiest free place, on a node where the batch has not failed as long as there is one."""
        elsewhere = any(place.node not in batch.avoid for place in self._places)
        free = [p for p in self._free(alone=alone) if not elsewhere or p.node not in batch.avoid]
        return min(free, key=lambda place: len(place.queue), default=None)

    def _send(self, place: _Place, batch: Batch) -> None:
        place.queue.append((place.actor.run.remote(batch.programs, batch.tests, batch.limits), batch))

    def _collect(self, again: deque[Batch]) -> list[tuple[Batch, Verdicts | None]]:
        """Wait for the next answers; what is lost goes to ``again``, or is given up."""
        by_ref = {p.starting if p.starting is not None else p.queue[0][0]: p for p in self._places if _waits(p)}
        ready, _ = self._ray.wait(list(by_ref), num_returns=1, timeout=1.0)
        more, _ = self._ray.wait(list(by_ref), num_returns=len(by_ref), timeout=0)
        answers: list[tuple[Batch, Verdicts | None]] = []
        for ref in {*ready, *more}:
            place = by_ref[ref]
            if place.starting is not None:
                self._welcome(place)
                continue
            try:
                verdicts: Verdicts = self._ray.get(ref)
            except self._ray.exceptions.RayError as error:
                answers += self._lost(place, again, _first_line(error))
                continue
            place.strikes = 0
            answers.append((place.queue.popleft()[1], verdicts))
        for place in [p for p in self._places if p.starting is not None and p.deadline < time.monotonic()]:
            self._strike(place, f"node {place.name} did not start a sandbox within {self._start_seconds:g} s")
        return answers

    def _lost(self, place: _Place, again: deque[Batch], why: str) -> list[tuple[Batch, Verdicts | None]]:
        """Its first batch has failed; those behind it had not begun."""
        _, failed = place.queue[0]
        waiting = [batch for _, batch in place.queue][1:]
        failed.failures += 1
        failed.avoid.add(place.node)
        failed.why = why
        place.queue.clear()
        self._strike(place, why)
        again.extend(waiting)
        if failed.failures >= self._max_failures:
            return [(failed, None)]
        again.append(failed)
        return []

    def _strike(self, place: _Place, why: str) -> None:
        """Start a place anew; one that keeps failing, or whose node is gone, is given up."""
        self._last_loss = why
        place.strikes += 1
        if place.strikes > self._max_failures + 1 or place.node not in {node[0] for node in _nodes(self._ray)}:
            self._kill(place)
            self._places.remove(place)
        else:
            self._start(place)

    def _abandon(self) -> None:
        """What still runs for a caller who has gone must not delay or answer the next one."""
        for place in self._places:
            if place.queue:
                place.queue.clear()
                self._start(place)

    def _start(self, place: _Place) -> None:
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        self._kill(place)
        there = NodeAffinitySchedulingStrategy(node_id=place.node, soft=False)
        options = self._actor_class.options(num_cpus=place.share, scheduling_strategy=there, max_restarts=0)
        place.actor = options.remote(self._settings)
        place.starting = place.actor.start.remote()
        place.deadline = time.monotonic() + self._start_seconds

    def _kill(self, place: _Place) -> None:
        if place.actor is not None and self._ray.is_initialized():
            self._ray.kill(place.actor)
        place.actor = place.starting = None

    def _start_all(self) -> None:
        for place in self._places:
            self._start(place)
        waiting = {place.starting: place for place in self._places}
        ready, late = self._ray.wait(list(waiting), num_returns=len(waiting), timeout=self._start_seconds)
        for ref in ready:
            place = waiting[ref]
            self._accept(place, self._report(place))
        if late:
            names = sorted({waiting[ref].name for ref in late})
            raise ExecutorError(
                f"{len(late)} of {len(waiting)} sandboxes did not start within {self._start_seconds:g} s, on "
                f"{', '.join(names)}; other work may hold the CPUs (`ray status`): wait, or ask for fewer with workers"
            )

    def _welcome(self, place: _Place) -> None:
        """A place that was started anew in the middle of the work: good again, or one strike more."""
        try:
            self._accept(place, self._report(place))
        except (ExecutorError, IsolationError) as error:
            self._strike(place, str(error))

    def _report(self, place: _Place) -> Report:
        try:
            report: Report = self._ray.get(place.starting)
        except self._ray.exceptions.RayError as error:
            if "No module named 'unriddle" in str(error):
                raise ExecutorError(
                    f"node {place.name} has no unriddle; install it there, in the Python that runs Ray: "
                    f"pip install 'unriddle[cluster]=={self._here.unriddle}'"
                ) from error
            raise ExecutorError(f"node {place.name} could not start a sandbox: {_first_line(error)}") from error
        return report

    def _accept(self, place: _Place, report: Report) -> None:
        if dataclasses.replace(report, error="") != self._here:
            raise ExecutorError(
                f"node {place.name} does not run what this process runs, so its verdicts could differ. There: "
                f"{report}. Here: {self._here}. Install the same versions on both"
            )
        if report.error:
            raise IsolationError(f"node {place.name} of the cluster: {report.error}")
        place.pid, place.starting = report.pid, None


def _waits(place: _Place) -> bool:
    return place.starting is not None or bool(place.queue)


def _nodes(ray: Any) -> list[tuple[str, str, float]]:
    """``(id, name, CPUs)`` of the nodes that live and have CPUs, in a fixed order."""
    nodes = [
        (node["NodeID"], node["NodeManagerAddress"], node["Resources"].get("CPU", 0.0))
        for node in ray.nodes()
        if node["Alive"]
    ]
    return sorted(node for node in nodes if node[2] > 0)


def _spread(nodes: Sequence[tuple[str, str, float]], workers: int | None) -> list[_Place]:
    """Places in proportion to the nodes' CPUs; with more places than CPUs each takes a share of one."""
    if not nodes:
        raise ExecutorError("the Ray cluster has no node with CPUs; give it one (`ray start --num-cpus=...`)")
    counts = {node: math.ceil(cpus) if workers is None else 0 for node, _, cpus in nodes}
    for _ in range(workers or 0):
        emptiest = max(nodes, key=lambda node: node[2] / (counts[node[0]] + 1))
        counts[emptiest[0]] += 1
    return [
        _Place(node, name, min(1.0, math.floor(1000 * cpus / counts[node]) / 1000))
        for node, name, cpus in nodes
        for _ in range(counts[node])
    ]


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return shorten(lines[-1] if type(error).__name__.startswith("RayTaskError") else lines[0], 300) if lines else ""
