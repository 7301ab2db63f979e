"""A trace as steps: lines, runs of basic blocks or whole calls, each with values before and after.

A step holds events of one call only, so that recursion does not mix values. Levels are ``line``, ``block`` and
``function`` as in LDB; a loop body gives a block per iteration. Not covered: parts of a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from unriddle.execute.trace.model import Event, Trace

__all__ = ["Level", "Step", "Values", "outermost", "sampled", "steps"]

Level = Literal["line", "block", "function"]
Values = tuple[tuple[str, str], ...]
"""Variables and their values as text, in order of first assignment."""


@dataclass(frozen=True, slots=True)
class Step:
    """Lines of one call that ran one after another.

    Attributes:
        call: Number of the call.
        block: Number of the block in the call's scope; −1 for a whole call.
        lines: Executed lines in order; a line that ran twice is there twice.
        before: Variables before the first of them.
        after: Variables after the last of them.
        returned: Text of the value the call returned or yielded at the end of it; ``None`` when it did not.
        raised: The exception that ended it; empty when none did.
        first: Place of its first event in ``Trace.events``.
    """

    call: int
    block: int
    lines: tuple[int, ...]
    before: Values
    after: Values
    returned: str | None = None
    raised: str = ""
    first: int = 0

    @property
    def changed(self) -> Values:
        """Variables of ``after`` that are new or different."""
        known = dict(self.before)
        return tuple((name, text) for name, text in self.after if known.get(name) != text)


def outermost(trace: Trace) -> list[int]:
    """The calls that were not made by another call of the program: what LDB calls the entry function."""
    return [call.number for call in trace.calls if call.parent < 0]


def steps(trace: Trace, *, level: Level = "block", calls: Sequence[int] | None = None) -> list[Step]:
    """The steps of these calls, in the order in which they began.

    Args:
        trace: A trace with lines; without writes the values are empty.
        level: What a step is.
        calls: Numbers of calls; ``None`` for all of them.
    """
    wanted = set(range(len(trace.calls)) if calls is None else calls)
    walkers: dict[int, _Walker] = {}
    for place, event in enumerate(trace.events):
        if event.call in wanted and event.kind != "print":
            walker = walkers.get(event.call)
            if walker is None:
                walker = walkers[event.call] = _Walker(trace, event.call, level)
            walker.take(event, place)
    found = [step for walker in walkers.values() for step in walker.finished()]
    return sorted(found, key=lambda step: step.first)


class _Walker:
    """Cuts the events of one call into steps."""

    def __init__(self, trace: Trace, call: int, level: Level) -> None:
        self._call, self._level = call, level
        scope = trace.scopes[trace.calls[call].scope]
        self._blocks = {line: block.number for block in scope.blocks for line in block.lines}
        self._again = {block.number: block.lines[0] for block in scope.blocks if block.number in block.successors}
        self._values: dict[str, str] = {}
        self._steps: list[Step] = []
        self._lines: list[int] = []
        self._block, self._first = -1, 0
        self._before: Values = ()
        self._raised = ""

    def take(self, event: Event, place: int) -> None:
        """The next event of the call."""
        if event.kind == "line":
            block = self._blocks.get(event.line, -1)
            if self._begins(event.line, block):
                self._close()
                self._first, self._before, self._block = place, tuple(self._values.items()), block
            self._lines.append(event.line)
            self._raised = ""
        elif event.kind == "exception":
            self._raised = f"{event.how}: {event.text}" if event.text else event.how
        for name, text in event.changed:
            if text is None:
                self._values.pop(name, None)
            else:
                self._values[name] = text
        if event.kind == "return":
            if event.how == "unwind":
                self._close()
            elif self._level != "function" or event.how == "return":
                self._close(event.text)

    def _begins(self, line: int, block: int) -> bool:
        if not self._lines or self._level == "line":
            return True
        if self._level == "function":
            return False
        return bool(self._raised) or block != self._block or self._again.get(block) == line

    def _close(self, returned: str | None = None) -> None:
        if self._lines:
            block = -1 if self._level == "function" else self._block
            values = self._before, tuple(self._values.items())
            self._steps.append(
                Step(self._call, block, tuple(self._lines), *values, returned, self._raised, self._first)
            )
        self._lines, self._raised = [], ""

    def finished(self) -> list[Step]:
        """All steps, the last one too where the run was cut."""
        self._close()
        return self._steps


def sampled(n: int, *, most: int) -> list[int]:
    """Places of the first and last ``most`` of ``n`` things: half from either end, as LDB takes blocks.

    >>> sampled(100, most=4)
    [0, 1, 98, 99]
    """
    if n <= most:
        return list(range(n))
    head = (most + 1) // 2
    return [*range(head), *range(n - (most - head), n)]
