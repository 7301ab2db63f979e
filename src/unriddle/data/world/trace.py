"""What a small program does, line by line.

``run_traced`` runs in process, so it is for programs of the world and their mutants only. This file needs nothing but
Python: its text is run in the sandbox beside a program that nobody trusts, where ``told`` gives plain data back, which
is never a verdict. Not covered: sending it there (``unriddle.train.repair_rounds``).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any

__all__ = ["FILE", "RAISED", "Run", "Step", "run_blocks", "run_told", "run_traced", "told"]

FILE = "<world trace>"
"""The name of what is traced."""
RAISED = (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError, AttributeError, NameError)


class _Enough(BaseException):
    """Ends a run that has made its steps; nothing in a program of the world can catch it."""


@dataclass(frozen=True, slots=True)
class Step:
    """One executed line.

    Attributes:
        line: Its number, from 1.
        changed: Variables that are new or different after it, as ``(name, repr)``; the first line of a further call
            also has its arguments.
        frame: Number of the call it is in, 0 for the outermost.
    """

    line: int
    changed: tuple[tuple[str, str], ...]
    frame: int


@dataclass(frozen=True, slots=True)
class Run:
    """A traced call.

    Attributes:
        steps: The executed lines in order.
        value: What came back; ``None`` when nothing did.
        error: Name of the exception; empty when it returned; ``limit`` when it made too many steps.
        line: The line that raised; 0 when none did.
    """

    steps: tuple[Step, ...]
    value: Any
    error: str = ""
    line: int = 0


def run_traced(source: str, entry: str, args: tuple[Any, ...], *, max_steps: int = 200) -> Run:
    """The call, traced; comprehensions are one step.

    >>> [step.changed for step in run_traced("def f(x):\\n    y = x + 1\\n    return y\\n", "f", (1,)).steps]
    [(('y', '2'),), ()]
    """
    names: dict[str, Any] = {}
    exec(compile(source, FILE, "exec", dont_inherit=True), names)
    recorder = _Recorder(max_steps)
    before = sys.gettrace()
    value, error, line = None, "", 0
    sys.settrace(recorder.enter)
    try:
        value = names[entry](*args)
    except _Enough:
        error = "limit"
    except RAISED as raised:
        error, line = type(raised).__name__, recorder.line
    finally:
        sys.settrace(before)
    return Run(tuple(recorder.steps), value, error, line)


def told(source: str, entry: str, args: tuple[Any, ...]) -> list[Any]:
    """The steps of a traced call as plain data, ``[line, changed, frame]`` each."""
    return [[step.line, step.changed, step.frame] for step in run_traced(source, entry, args).steps]


def run_told(data: Any) -> Run | None:
    """The run that ``told`` told of, without its end; ``None`` where the data are none.

    >>> run_told([[2, (("y", "2"),), 0]]).steps[0].changed
    (('y', '2'),)
    """
    try:
        steps = [
            Step(int(line), tuple([(str(name), str(text)) for name, text in changed]), int(frame))
            for line, changed, frame in data
        ]
    except (TypeError, ValueError):
        return None
    return Run(tuple(steps), None)


class _Recorder:
    """Collects steps; the change a line makes is seen when the next event of its frame comes."""

    def __init__(self, max_steps: int) -> None:
        self.steps: list[Step] = []
        self.line = 0
        self._left = max_steps
        self._open: dict[FrameType, tuple[int, dict[str, str], int]] = {}
        self._numbers: dict[FrameType, int] = {}

    def enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename != FILE or frame.f_code.co_name.startswith("<"):
            return None
        return self.step

    def step(self, frame: FrameType, event: str, arg: Any) -> Any:
        if event == "exception":
            self.line = frame.f_lineno
            return self.step
        number = self._numbers.setdefault(frame, len(self._numbers))
        shown = {name: repr(value) for name, value in frame.f_locals.items() if not callable(value)}
        if frame in self._open:
            line, seen, place = self._open[frame]
            changed = tuple([(name, text) for name, text in shown.items() if seen.get(name) != text])
            self.steps[place] = Step(line, changed, number)
        elif event == "line" and number:
            shown = {}
        if event == "return":
            self._open.pop(frame, None)
        elif event == "line":
            self._left -= 1
            if self._left < 0:
                raise _Enough
            self._open[frame] = (frame.f_lineno, shown, len(self.steps))
            self.steps.append(Step(frame.f_lineno, (), number))
        return self.step


def run_blocks(source: str, run: Run) -> list[tuple[tuple[int, ...], dict[str, str], dict[str, str]]]:
    """The run cut into basic blocks: lines, variables on entry, variables on exit.

    A block ends where the next executed line does not follow in the text or is in another call, and behind every
    line that opens a block of its own (``for``, ``if``, ``while``).
    """
    texts = ["", *source.splitlines()]
    states: dict[int, dict[str, str]] = {}
    blocks: list[tuple[tuple[int, ...], dict[str, str], dict[str, str]]] = []
    lines: list[int] = []
    entry: dict[str, str] = {}
    for step, after in zip(run.steps, [*run.steps[1:], None], strict=True):
        state = states.setdefault(step.frame, {})
        if not lines:
            entry = dict(state)
        lines.append(step.line)
        state.update(step.changed)
        opens = texts[step.line].rstrip().endswith(":")
        if after is None or opens or after.line != step.line + 1 or after.frame != step.frame:
            blocks.append((tuple(lines), entry, dict(state)))
            lines = []
    return blocks
