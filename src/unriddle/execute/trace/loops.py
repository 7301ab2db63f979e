"""The iterations of loops, with the values at the end of each. Not covered: loops inside comprehensions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from unriddle.execute.trace.model import Trace
from unriddle.execute.trace.steps import Step, Values, steps
from unriddle.language.blocks import Scope

__all__ = ["Iteration", "iterations"]


@dataclass(frozen=True, slots=True)
class Iteration:
    """One iteration of one loop.

    Attributes:
        call: Number of the call.
        head: Line of the loop's head.
        number: From 1; a loop that is entered again counts on.
        after: Variables when it ended, by the head being reached again or the loop being left.
    """

    call: int
    head: int
    number: int
    after: Values


def iterations(trace: Trace) -> list[Iteration]:
    """The iterations of every loop, by call, in the order in which they ended."""
    return [iteration for call in trace.calls for iteration in _of_call(trace, call.number)]


def _of_call(trace: Trace, call: int) -> Iterator[Iteration]:
    scope = trace.scopes[trace.calls[call].scope]
    inside = {block.number: _inside(scope, block.number) for block in scope.blocks if block.body >= 0}
    counts = dict.fromkeys(inside, 0)
    running: set[int] = set()
    before: Step | None = None
    for step in steps(trace, calls=[call]):
        for head in sorted(running, reverse=True):
            if before is not None and (step.block == head or step.block not in inside[head]):
                running.discard(head)
                yield _iteration(scope, call, head, counts[head], before)
        if before is not None and before.block in inside and scope.blocks[before.block].body == step.block:
            counts[before.block] += 1
            running.add(before.block)
        before = step
    for head in sorted(running, reverse=True):
        if before is not None:
            yield _iteration(scope, call, head, counts[head], before)


def _iteration(scope: Scope, call: int, head: int, number: int, last: Step) -> Iteration:
    return Iteration(call, scope.blocks[head].lines[0], number, last.after)


def _inside(scope: Scope, head: int) -> set[int]:
    """Blocks from which the head can be reached again without leaving the loop."""
    forward = {b.number: {*b.successors, *b.raises} - {-1} for b in scope.blocks}
    reached = _reach(forward, scope.blocks[head].body, head)
    backward: dict[int, set[int]] = {n: {m for m in reached if n in forward[m]} for n in reached | {head}}
    return set().union(*(_reach(backward, n, head) for n in backward[head]), {head})


def _reach(edges: dict[int, set[int]], start: int, without: int) -> set[int]:
    found, stack = set[int](), [start]
    while stack:
        node = stack.pop()
        if node not in found and node != without:
            found.add(node)
            stack += edges[node]
    return found
