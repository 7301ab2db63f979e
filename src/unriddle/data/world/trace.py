"""What a program of the world does, line by line, and what the parts of one expression are worth.

It runs in process, so it is for programs of the world and their mutants only. Not covered: programs of a model; they
are traced in the sandbox, or not at all.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import CodeType, FrameType
from typing import Any

from unriddle.data.world.problem import WorldProblem

__all__ = ["Run", "Step", "parts", "run_blocks", "run_traced"]

_FILE = "<world trace>"
_RAISED = (ArithmeticError, LookupError, TypeError, ValueError, RuntimeError, AttributeError, NameError)

_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()), range)


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
    exec(compile(source, _FILE, "exec", dont_inherit=True), names)
    recorder = _Recorder(max_steps)
    before = sys.gettrace()
    value, error, line = None, "", 0
    sys.settrace(recorder.enter)
    try:
        value = names[entry](*args)
    except _Enough:
        error = "limit"
    except _RAISED as raised:
        error, line = type(raised).__name__, recorder.line
    finally:
        sys.settrace(before)
    return Run(tuple(recorder.steps), value, error, line)


class _Recorder:
    """Collects steps; the change a line makes is seen when the next event of its frame comes."""

    def __init__(self, max_steps: int) -> None:
        self.steps: list[Step] = []
        self.line = 0
        self._left = max_steps
        self._open: dict[FrameType, tuple[int, dict[str, str], int]] = {}
        self._numbers: dict[FrameType, int] = {}

    def enter(self, frame: FrameType, event: str, arg: Any) -> Any:
        if frame.f_code.co_filename != _FILE or frame.f_code.co_name.startswith("<"):
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


def parts(problem: WorldProblem, args: tuple[Any, ...]) -> list[tuple[str, str]]:
    """The parts of a one-line program with their values, from the inside out, the whole last; empty for others.

    Parts that depend on a loop variable are left out, and so are names and constants.
    """
    lines = problem.body.splitlines()
    if len(lines) != 1 or not lines[0].startswith("    return "):
        return []
    tree = ast.parse(lines[0].strip().removeprefix("return "), mode="eval")
    names = dict(zip([name for name, _ in problem.params], args, strict=True))
    shown: list[tuple[str, str]] = []
    for node in _inside_out(tree.body):
        code: CodeType = compile(ast.Expression(node), _FILE, "eval", dont_inherit=True)
        try:
            value = eval(code, dict(names))
        except _RAISED:
            return []
        if isinstance(node, ast.GeneratorExp) or isinstance(value, _VIEWS):
            value = list(value)
        shown.append((ast.unparse(node), repr(value)))
    return list(dict.fromkeys(shown))


def _inside_out(node: ast.expr) -> Iterator[ast.expr]:
    """The node's parts that are worth showing, children first; comprehensions are not entered."""
    if isinstance(node, ast.Constant | ast.Name):
        return
    if not isinstance(node, ast.ListComp | ast.GeneratorExp | ast.DictComp | ast.SetComp | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.expr):
                yield from _inside_out(child)
            elif isinstance(child, ast.keyword):
                yield from _inside_out(child.value)
    whole = not isinstance(node, ast.Attribute | ast.Slice)
    negative = isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
    if whole and not negative:
        yield node
