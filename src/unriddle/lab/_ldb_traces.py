"""Whether blocks of real runs are what LDB needs: complete, continuous, and first wrong where the mistake is.

Not covered: what a model makes of them.
"""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from unriddle.contracts import Executor
from unriddle.errors import BadProblem
from unriddle.execute.trace import Step, Trace, outermost, steps, trace, traces
from unriddle.language.mutants import all_mutants
from unriddle.outcome import Limits

__all__ = ["Located", "departures", "first_difference", "locate_mutants", "segment_faults", "traced_faults"]

_LIMITS = Limits(cpu_seconds=5.0)
_MAX_EVENTS = 3000


def segment_faults(seen: Trace) -> list[str]:
    """What is wrong with the blocks of a run: a line in none or in two, one lost or doubled, a gap in the values."""
    faults = []
    for call in seen.calls:
        scope = seen.scopes[call.scope]
        lines = [event.line for event in seen.of_call(call.number) if event.kind == "line"]
        for line in set(lines):
            holding = sum(line in block.lines for block in scope.blocks)
            if holding != 1:
                faults.append(f"line {line} lies in {holding} blocks")
        cut = steps(seen, calls=[call.number])
        if [line for step in cut for line in step.lines] != lines:
            faults.append(f"the blocks of call {call.number} are not the lines that ran")
        for before, after in itertools.pairwise(cut):
            if before.after != after.before:
                faults.append(
                    f"call {call.number}: the values after line {before.lines[-1]} are not those before the next"
                )
    return faults


def traced_faults(source: str, call: str, executor: Executor) -> tuple[list[str], bool]:
    """The faults of one traced run, and whether anything ran; it must end as it does untraced."""
    try:
        seen = trace(source, call, executor=executor, limits=_LIMITS, max_events=_MAX_EVENTS)
        (plain,) = traces(source, [call], executor=executor, limits=_LIMITS, events=("print",))
    except BadProblem:
        return [], False
    faults = segment_faults(seen)
    if seen.complete and plain.complete and (seen.value, seen.error, seen.printed) != (
        plain.value, plain.error, plain.printed,
    ):  # fmt: skip
        faults.append(f"traced it ended with {seen.value or seen.error}, untraced with {plain.value or plain.error}")
    return faults, bool(seen.events)


def departures(seen: Trace, bare: Any) -> list[str]:
    """Where a trace and its blocks are not what a plain trace function saw of the same call.

    Args:
        seen: A trace.
        bare: The value and what was printed, untraced; and of each call the lines with the values before each.
    """
    value, printed, ran = bare
    if not seen.complete:
        return [f"the trace ended early ({seen.end}): {seen.error}"]
    faults = segment_faults(seen)
    if (seen.value, seen.printed) != (value, printed) and not (seen.printed == printed and _same(seen.value, value)):
        faults.append(f"traced it returned {seen.value} and printed {seen.printed!r}, untraced {value}, {printed!r}")
    if len(ran) != len(seen.calls):
        return [*faults, f"{len(seen.calls)} calls were traced, {len(ran)} ran"]
    for number, lines in enumerate(ran):
        cut = [line for step in steps(seen, calls=[number]) for line in step.lines]
        if cut != [line for line, _ in lines]:
            faults.append(f"call {number}: the blocks are not the lines that ran")
        before = [dict(step.before) for step in steps(seen, level="line", calls=[number])]
        odd = [line for (line, values), ours in zip(lines, before, strict=False) if not _agree(values, ours)]
        faults += [f"call {number}, line {line}: other values before it" for line in odd[:1]]
    return faults


def _agree(values: Mapping[str, str], ours: Mapping[str, str]) -> bool:
    return all(name in ours and _same(text, ours[name]) for name, text in values.items())


def _same(one: str, other: str) -> bool:
    """Whether two texts show the same value; sets and counters may be shown in any order."""
    if one == other:
        return True
    try:
        trees = [ast.parse(text, mode="eval").body for text in (one, other)]
        match trees:
            case [ast.Call(ast.Name(name), [first]), ast.Call(ast.Name(same), [second])] if name == same:
                trees = [first, second]
        return bool(ast.literal_eval(trees[0]) == ast.literal_eval(trees[1]))
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return False


def first_difference(right: Sequence[Step], wrong: Sequence[Step]) -> int:
    """Place of the first block of ``wrong`` that does something else than in ``right``; −1 where none does.

    A block differs in the values after it, in what it returns or raises, or in which block it goes on to.
    """
    for i, step in enumerate(wrong):
        if i >= len(right) or right[i].lines != step.lines:
            return max(0, i - 1)
        other = right[i]
        if (step.after, step.returned, step.raised) != (other.after, other.returned, other.raised):
            return i
    return len(wrong) - 1 if len(wrong) < len(right) else -1


@dataclass(frozen=True, slots=True)
class Located:
    """Of mutants that change what is seen of a run: how often a block holds the mutated line.

    Attributes:
        n: Mutants.
        first: First block that differs from the right run.
        last: Last block that ran.
        chance: Expected count of a block drawn from those that ran, each counted once.
    """

    n: int
    first: int
    last: int
    chance: float


def locate_mutants(
    programs: Sequence[tuple[str, str]], *, n: int, executor: Executor, rng: np.random.Generator
) -> Located:
    """Mutants of right programs (source and call), at most two of each program, until ``n`` change a run."""
    counts, expected = np.zeros(3, dtype=np.int64), 0.0
    for source, call in programs:
        found = all_mutants(source)
        base = trace(source, call, executor=executor, limits=_LIMITS, max_events=_MAX_EVENTS)
        if base.end != "returned":
            continue
        used = 0
        for place in rng.permutation(len(found)).tolist()[:6]:
            if used == 2 or counts[0] >= n:
                break
            mutant = found[place]
            if mutant.source.count("\n") != source.count("\n"):
                continue
            seen = trace(mutant.source, call, executor=executor, limits=_LIMITS, max_events=_MAX_EVENTS)
            wrong = steps(seen, calls=outermost(seen))
            at = first_difference(steps(base, calls=outermost(base)), wrong)
            if seen.end == "not loaded" or at < 0 or not wrong:
                continue
            used += 1
            held = [_holds(seen, step, mutant.line) for step in wrong]
            kinds = {step.block: _holds(seen, step, mutant.line) for step in wrong}
            counts += (1, held[at], held[-1])
            expected += math.fsum(kinds.values()) / len(kinds)
    return Located(int(counts[0]), int(counts[1]), int(counts[2]), expected)


def _holds(seen: Trace, step: Step, line: int) -> bool:
    blocks = seen.scopes[seen.calls[step.call].scope].blocks
    return step.block >= 0 and line in blocks[step.block].lines
