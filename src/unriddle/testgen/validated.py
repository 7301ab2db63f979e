"""Inputs on which a reference returns, for many references at once: generated, run, and steered by what they cover.

A reference is believed: its contract (asserts at its start, or any exception it raises) says which inputs are allowed.
Not covered: references whose result depends on chance or time, which are named (``unsteady``) and give no inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from unriddle.contracts import Executor
from unriddle.errors import BadInput
from unriddle.execute.coverage import Covered, cover_calls, join
from unriddle.language.values import key
from unriddle.outcome import Limits, Status
from unriddle.problem import Signature
from unriddle.testgen.guided import Args, GuidedInputs

__all__ = ["LIMITS", "Reference", "Validated", "validated_inputs"]

LIMITS = Limits(cpu_seconds=0.15, memory_mb=1024, value_bytes=1 << 20, max_kills=3)
"""An input that keeps the reference busy for longer is no good test."""
_SLOW = 0.05
"""CPU seconds from which an input counts as slow."""
_N_AGAIN = 200
"""Inputs of each reference that are run a second time."""
_DRY = 3
"""A reference is given up after so many batches in a row with less than one good input in a hundred."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A program that is right, and what is known of its inputs.

    Attributes:
        name: Name of its task.
        entry: Its entry point.
        source: The program, contract included.
        signature: The parameters of the entry point.
        known: Inputs known to be good.
        accepts: Which inputs are allowed besides; all when ``None``.
        wide: It refuses what it must, so that other sorts of numbers and of empty values may be tried.
    """

    name: str
    entry: str
    source: str
    signature: Signature
    known: tuple[Args, ...] = ()
    accepts: Callable[[Args], bool] | None = None
    wide: bool = False


@dataclass(slots=True)
class Validated:
    """What was found for one reference.

    Attributes:
        inputs: ``(m,)`` distinct inputs on which it returns plain data, in order of discovery, known ones first.
        covered: Runs of the reference on them.
        n_run: Inputs that were run.
        n_refused: Of those, the ones on which it raised.
        n_ended: Of those, the ones on which it had to be ended.
        unsteady: It returned different values for the same input.
    """

    inputs: list[Args] = field(default_factory=list)
    covered: Covered | None = None
    n_run: int = 0
    n_refused: int = 0
    n_ended: int = 0
    unsteady: bool = False


def validated_inputs(
    references: Sequence[Reference],
    *,
    n: int,
    executor: Executor,
    rng: np.random.Generator,
    limits: Limits = LIMITS,
    batch: int = 200,
    most_run: int = 10,
    n_slow: int = 10,
    say: Callable[[str], None] = lambda _: None,
) -> list[Validated]:
    """At most ``n`` inputs for each reference, in their order.

    Args:
        references: The programs.
        n: Inputs wanted for each.
        executor: Runs them.
        rng: Each reference gets a stream of its own, so that its inputs do not depend on the others.
        limits: For each call of a reference.
        batch: Inputs of each reference that are run at a time.
        most_run: A reference is given up when it was run on this many times ``n`` inputs.
        n_slow: Inputs that keep a reference busy for more than 0.05 CPU seconds; no more of them.
        say: Takes progress messages.

    Raises:
        BadInput: ``n`` or ``batch`` is less than 1.
        BadProblem: A reference cannot be read.
    """
    if n < 1 or batch < 1:
        raise BadInput(f"validated_inputs: n and batch must be 1 or more, got n={n}, batch={batch}")
    guides = [
        GuidedInputs(r.signature, r.known, stream, sources=[r.source], accepts=r.accepts, wide=r.wide)
        for r, stream in zip(references, rng.spawn(len(references)), strict=True)
    ]
    found = [Validated() for _ in references]
    parts: list[list[Covered]] = [[] for _ in references]
    slow, dry = [0] * len(references), [0] * len(references)
    todo = list(range(len(references)))
    while todo:
        asked = {i: guides[i].ask(min(batch, most_run * n - found[i].n_run)) for i in todo}
        todo = [i for i in todo if asked[i]]
        jobs = [(references[i].source, references[i].entry, asked[i]) for i in todo]
        for number, covered in cover_calls(jobs, executor=executor, limits=limits):
            i = todo[number]
            guides[i].tell(asked[i], [covered])
            rows, slow[i] = _usable(covered, n - len(found[i].inputs), n_slow - slow[i])
            found[i].inputs += [asked[i][row] for row in rows]
            dry[i] = 0 if 100 * len(rows) >= len(asked[i]) else dry[i] + 1
            parts[i].append(covered.take(rows))
            _count(found[i], covered)
        todo = [i for i in todo if len(found[i].inputs) < n and found[i].n_run < most_run * n and dry[i] < _DRY]
        say(f"{sum(len(v.inputs) for v in found):,} inputs, {len(todo)} of {len(references)} tasks open")
    for i, made in enumerate(parts):
        found[i].covered = join(made) if made else None
    _check_steady(references, found, executor, limits)
    return found


def _usable(covered: Covered, n: int, n_slow: int) -> tuple[list[int], int]:
    """Rows where the reference returned plain data soon enough, and how many of them are slow."""
    rows: list[int] = []
    used = 0
    for row in np.flatnonzero(covered.status == Status.PASS).tolist():
        value = covered.values[row]
        if len(rows) == n or value is None or key(value) is None:
            continue
        if covered.cpu_seconds[row] > _SLOW:
            if used >= n_slow:
                continue
            used += 1
        rows.append(row)
    return rows, used


def _count(found: Validated, covered: Covered) -> None:
    status = covered.status
    found.n_run += len(status)
    found.n_refused += int((status == Status.ERROR).sum())
    found.n_ended += int(np.isin(status, (Status.TIMEOUT, Status.MEMORY, Status.CRASH, Status.FORBIDDEN)).sum())


def _check_steady(
    references: Sequence[Reference], found: Sequence[Validated], executor: Executor, limits: Limits
) -> None:
    """Run some once more, backwards: what gives another value now has a memory or throws dice."""
    todo = [i for i, made in enumerate(found) if made.inputs]
    again_at = {i: _again(len(found[i].inputs)) for i in todo}
    jobs = [(references[i].source, references[i].entry, [found[i].inputs[j] for j in again_at[i]]) for i in todo]
    for number, again in cover_calls(jobs, executor=executor, limits=limits):
        made, places = found[todo[number]], again_at[todo[number]]
        first = made.covered
        if first is not None and any(
            a is not None and b is not None and a != b and key(a) != key(b)
            for a, b in zip((first.values[j] for j in places), again.values, strict=True)
        ):
            made.unsteady, made.inputs, made.covered = True, [], None


def _again(n: int) -> list[int]:
    """At most so many places, evenly spread, the last first."""
    return sorted(set(np.linspace(n - 1, 0, min(n, _N_AGAIN)).astype(int).tolist()), reverse=True)
