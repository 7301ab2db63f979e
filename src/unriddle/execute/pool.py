"""The pool: drives many tasks (a row, or the rows of programs that share a process) on a few workers from one loop.

A slot holds the warm sandboxes of one parallel lane: one for candidates, one for drivers, and one each with numpy,
started when first needed. A sandbox that dies is replaced and its request repeated once. Rows that ran into the wall
limit while computing are repeated at the end, alone.
"""

from __future__ import annotations

import select
import socket
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from unriddle.execute.isolation import Level
from unriddle.execute.job import Request, Row, Steps
from unriddle.execute.worker import Raw, Worker, WorkerDied
from unriddle.outcome import Limits

__all__ = ["Pool", "Task"]


@dataclass(frozen=True, slots=True)
class Task:
    """Rows to run.

    Attributes:
        keys: The caller's names for its rows.
        begin: Begins the work on all of them.
        alone: Begins the work on one of them, by its place.
        limits: Limits per test.
        heavy: Whether the programs need the packages.
    """

    keys: tuple[Any, ...]
    begin: Callable[[], Steps]
    alone: Callable[[int], Steps]
    limits: Limits
    heavy: bool


@dataclass(slots=True)
class _Lane:
    """One slot: its sandboxes by role, and the task it is busy with."""

    workers: dict[tuple[str, bool], Worker] = field(default_factory=dict)
    task: Task | None = None
    steps: Steps | None = None
    request: Request | None = None
    waiting: dict[int, str] = field(default_factory=dict)
    answers: dict[str, Raw] = field(default_factory=dict)
    failures: int = 0


class Pool:
    """Slots for ``workers`` rows at a time.

    Args:
        workers: Rows run at the same time.
        level: Isolation level.
        packages: Third-party packages that candidates may import.
        seed: Seed of every candidate.
    """

    def __init__(self, *, workers: int, level: Level, packages: tuple[str, ...], seed: int = 0) -> None:
        self._level, self._packages, self._seed = level, packages, seed
        self._lanes = [_Lane() for _ in range(workers)]

    def close(self) -> None:
        """End every sandbox."""
        for lane in self._lanes:
            self._discard(lane)

    def warm(self, scratch_mb: int) -> None:
        """Start one sandbox now, so that a machine that cannot isolate says so at once."""
        self._worker(self._lanes[0], "candidate", heavy=False, scratch_mb=scratch_mb)

    def drive(self, tasks: Iterable[Task]) -> Iterator[tuple[Any, Row]]:
        """``(key, row)`` as rows finish; at most one task per slot is under way."""
        again: deque[Task] = deque()
        try:
            for task, rows in self._run(iter(tasks), self._lanes):
                for i, row in enumerate(rows):
                    if row.slow and len(self._lanes) > 1:
                        again.append(_only(task, i))
                    else:
                        yield task.keys[i], row
            for task, rows in self._run(iter(again), self._lanes[:1]):
                yield task.keys[0], rows[0]
        finally:
            for lane in self._lanes:
                if lane.task is not None:  # abandoned half-way: what runs there must not answer the next row
                    self._discard(lane)

    def _run(self, queue: Iterator[Task], lanes: list[_Lane]) -> Iterator[tuple[Task, list[Row]]]:
        poll = select.poll()
        by_fd: dict[int, _Lane] = {}
        idle, more = list(lanes), True
        while True:
            while idle and more:
                task = next(queue, None)
                if task is None:
                    more = False
                    break
                lane = idle.pop()
                lane.task, lane.steps = task, task.begin()
                finished = self._advance(lane, None, poll, by_fd, first=True)
                if finished is not None:
                    yield self._finish(lane, finished, idle)
            if len(idle) == len(lanes):
                return
            for lane in self._ready(poll, by_fd):
                finished = self._collect(lane, poll, by_fd)
                if finished is not None:
                    yield self._finish(lane, finished, idle)

    def _finish(self, lane: _Lane, rows: list[Row], idle: list[_Lane]) -> tuple[Task, list[Row]]:
        task = lane.task
        assert task is not None
        lane.task = lane.steps = lane.request = None
        idle.append(lane)
        return task, rows

    def _ready(self, poll: Any, by_fd: dict[int, _Lane]) -> list[_Lane]:
        """Lanes with an answer to read, or whose sandbox has overstayed every limit."""
        while True:
            events = poll.poll(1000)
            if events:
                return [by_fd[fd] for fd, _ in events if fd in by_fd]
            late = [lane for lane in set_of(by_fd.values()) if self._overdue(lane)]
            if late:
                return late

    def _overdue(self, lane: _Lane) -> bool:
        now = time.monotonic()
        return any(worker.deadline < now for worker in lane.workers.values() if worker.socket.fileno() in lane.waiting)

    def _collect(self, lane: _Lane, poll: Any, by_fd: dict[int, _Lane]) -> list[Row] | None:
        """Read what has arrived for a lane; the finished rows once its last request is answered."""
        if lane.request is None:
            return None
        try:
            if self._overdue(lane):
                raise WorkerDied("no answer within every limit")
            for worker in list(lane.workers.values()):
                fd = worker.socket.fileno()
                if fd in lane.waiting and select.select([fd], [], [], 0)[0]:
                    lane.answers[lane.waiting[fd]] = worker.receive()
                    del lane.waiting[fd]
                    poll.unregister(fd)
                    del by_fd[fd]
        except WorkerDied:
            return self._recover(lane, poll, by_fd)
        if lane.waiting:
            return None
        lane.failures = 0
        answers = (lane.answers["candidate"], lane.answers.get("driver"))
        return self._advance(lane, answers, poll, by_fd)

    def _recover(self, lane: _Lane, poll: Any, by_fd: dict[int, _Lane]) -> list[Row] | None:
        """A sandbox died: start a new one and repeat the request; after a second failure the cells are INFRA."""
        for fd in lane.waiting:
            poll.unregister(fd)
            del by_fd[fd]
        lane.waiting = {}
        self._discard(lane)
        lane.failures += 1
        if lane.failures > 1:
            lane.failures = 0
            return self._advance(lane, None, poll, by_fd)
        return self._start(lane, poll, by_fd)

    def _advance(
        self, lane: _Lane, answers: Any, poll: Any, by_fd: dict[int, _Lane], *, first: bool = False
    ) -> list[Row] | None:
        assert lane.steps is not None
        try:
            lane.request = next(lane.steps) if first else lane.steps.send(answers)
        except StopIteration as stop:
            lane.request = None
            rows: list[Row] = stop.value
            return rows
        return self._start(lane, poll, by_fd)

    def _start(self, lane: _Lane, poll: Any, by_fd: dict[int, _Lane]) -> list[Row] | None:
        lane.answers, lane.waiting = {}, {}
        try:
            self._send(lane)
        except WorkerDied:
            lane.waiting = {}
            return self._recover(lane, poll, by_fd)
        for fd in lane.waiting:
            poll.register(fd, select.POLLIN)
            by_fd[fd] = lane
        return None

    def _send(self, lane: _Lane) -> None:
        request, task = lane.request, lane.task
        assert request is not None
        assert task is not None
        limits, scratch = task.limits, task.limits.scratch_mb
        contained = self._level == "namespaces+seccomp"
        extra = {"max_threads": 64 if contained else None, "may_outlive": not contained, "trusted": request.trusted}
        role = "driver" if request.trusted else "candidate"
        worker = self._worker(lane, role, heavy=task.heavy, scratch_mb=scratch)
        if request.driver is None:
            worker.send({**request.job, **extra}, limits=request.limits or limits, n_tests=request.n_tests)
            lane.waiting[worker.socket.fileno()] = "candidate"
            return
        driver = self._worker(lane, "driver", heavy=task.heavy, scratch_mb=scratch)
        ours, theirs = socket.socketpair()
        with ours, theirs:
            worker.send({**request.job, **extra}, limits=limits, n_tests=1, peer=ours)
            lane.waiting[worker.socket.fileno()] = "candidate"
            driver.send({**request.driver, **extra}, limits=limits, n_tests=1, peer=theirs)
            lane.waiting[driver.socket.fileno()] = "driver"

    def _worker(self, lane: _Lane, role: str, *, heavy: bool, scratch_mb: int) -> Worker:
        heavy = heavy and bool(self._packages)
        worker = lane.workers.get((role, heavy))
        if worker is None:
            packages = self._packages if heavy else ()
            worker = Worker(level=self._level, packages=packages, scratch_mb=scratch_mb, seed=self._seed)
            lane.workers[role, heavy] = worker
        return worker

    def _discard(self, lane: _Lane) -> None:
        for worker in lane.workers.values():
            worker.close()
        lane.workers = {}


def _only(task: Task, i: int) -> Task:
    """The task of one of its rows, to be run alone."""
    return Task((task.keys[i],), lambda: task.alone(i), lambda _: task.alone(i), task.limits, task.heavy)


def set_of(lanes: Iterable[_Lane]) -> list[_Lane]:
    """Each lane once (lanes are not hashable by value)."""
    return list({id(lane): lane for lane in lanes}.values())
