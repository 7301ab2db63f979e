"""The first tier: programs that meet the same calls share one process, and what matters is run again alone.

Only rejections are kept from a shared process, and only when nothing abnormal happened in it: a program that passed
everything, or showed anything but plain values and ordinary exceptions, is run again in a process of its own, and so
is every program of a process that was killed, crashed, grew or fell silent. With the check of ``purity`` in front, a
kept rejection is what the program would have got alone. Not covered: tests that are code or ask for isolation; rows
with those never share.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

from unriddle.candidate import Candidate
from unriddle.execute.job import Answers, Request, Row, Steps, make_job, new_row
from unriddle.execute.judge import Frame, read_programs
from unriddle.execute.plan import Call, Plan
from unriddle.execute.predicates import check_predicates
from unriddle.execute.purity import why_alone
from unriddle.execute.row import judge_calls, run_row
from unriddle.execute.worker import Raw
from unriddle.language.values import key
from unriddle.outcome import Limits, Status

__all__ = ["Sharing", "batches", "run_shared"]

_PATIENCE_SECONDS = 0.25
"""CPU seconds per test in a shared process: a slow program must not hold up the others, it is run again anyway."""
_WALL_SECONDS = 5.0
_MODEST_MB = 96.0
"""A shared process that grew beyond this is not believed: less memory was left for its later programs."""
_ORDINARY = (Status.PASS, Status.FAIL, Status.ERROR)


@dataclass(slots=True)
class Sharing:
    """How many programs share a process, and whether that has paid so far.

    Attributes:
        width: Most programs of one process; 1 means that every program runs alone.
        shared: Programs that ran in shared processes lately.
        again: How many of those were run again.
    """

    width: int = 1
    shared: int = 0
    again: int = 0
    _declined: int = 0

    _TRIAL = 32
    _DEAR = 0.6
    _PROBE = 16

    def pays(self) -> bool:
        """Whether to share now. Where most programs are run again it does not pay, and is tried now and then only."""
        if self.shared < self._TRIAL or self.again < self._DEAR * self.shared:
            return True
        self._declined += 1
        if self._declined < self._PROBE:
            return False
        self._declined = 0
        return True

    def note(self, shared: int, again: int) -> None:
        """What came of one process; older ones count less and less."""
        if self.shared > 8 * self._TRIAL:
            self.shared, self.again = self.shared // 2, self.again // 2
        self.shared, self.again = self.shared + shared, self.again + again


def batches(candidates: Sequence[Candidate], plan: Plan, sharing: Sharing) -> Iterator[list[int]]:
    """Places of the candidates, those together that may share a process.

    Args:
        candidates: Of one group.
        plan: Its tests.
        sharing: Consulted again for every batch.
    """
    together: list[int] = []
    possible = sharing.width > 1 and bool(plan.shared) and not plan.alone and not plan.code and not plan.heavy
    for i, candidate in enumerate(candidates):
        if not possible or not (together or sharing.pays()) or why_alone(candidate.source):
            yield [i]
            continue
        together.append(i)
        if len(together) == sharing.width:
            yield together
            together = []
    if together:
        yield together


def run_shared(candidates: Sequence[Candidate], plan: Plan, limits: Limits, sharing: Sharing) -> Steps:
    """The rows of candidates that share a process first; each is what ``run_row`` gives, time aside.

    Args:
        candidates: ``(k,)`` programs that passed the check of ``purity``.
        plan: Tests, all of them calls that may share a process.
        limits: Per test, for programs that run alone.
        sharing: Learns what came of it.
    """
    calls, k = plan.shared, len(candidates)
    wire = [(call.test.entry, call.args, call.kwargs) for call in calls]
    patience = dataclasses.replace(
        limits,
        cpu_seconds=min(limits.cpu_seconds, _PATIENCE_SECONDS),
        wall_seconds=min(limits.wall, _WALL_SECONDS),
    )
    job, nonces = make_job([c.source for c in candidates], patience, "calls", len(calls), calls=wire)
    answers = yield Request(job, k * (len(calls) + 1), limits=patience)
    rows: list[Row | None] = [None] * k
    if answers is not None:
        programs = read_programs(answers[0], nonces, limits)
        if _normal(answers[0], programs, len(calls)):
            for i, frames in enumerate(programs):
                rows[i] = yield from _rejected(plan, frames, limits)
    sharing.note(k, sum(row is None for row in rows))
    done: list[Row] = []
    for candidate, row in zip(candidates, rows, strict=True):
        done += [row] if row is not None else (yield from run_row(candidate, plan, limits))
    return done


def _normal(raw: Raw, programs: Sequence[Sequence[Frame]], n_calls: int) -> bool:
    """Whether the process ended by itself, stayed small, said nothing aside, and every program answered every call."""
    if raw.cause or raw.exit_code or raw.output or raw.peak_mb > _MODEST_MB:
        return False
    return all(_complete([frame.kind for frame in frames], n_calls) for frames in programs)


def _complete(kinds: Sequence[str], n_calls: int) -> bool:
    return kinds == ["L"] or (len(kinds) == n_calls + 1 and kinds[0] == "K" and set(kinds[1:]) <= {"V", "E"})


def _rejected(plan: Plan, frames: Sequence[Frame], limits: Limits) -> Generator[Request, Answers, Row | None]:
    """The row of a program that is plainly rejected; ``None`` for one that must run alone."""
    row = new_row(plan)
    returned: list[tuple[Call, Frame]] = []
    judge_calls(row, plan.shared, frames, returned)
    statuses = {cell.status for cell in row.cells}
    if statuses == {Status.PASS} or not statuses <= set(_ORDINARY) or not all(_plain(cell.value) for cell in row.cells):
        return None
    yield from check_predicates(returned, limits, row)
    return row if {cell.status for cell in row.cells} <= set(_ORDINARY) else None


def _plain(value: bytes) -> bool:
    return b"O" not in value or key(value) is not None
