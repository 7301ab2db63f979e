"""Programs with holes: run in the sandbox as far as Python can, and filled in from outside where it cannot go on.

A hole is a statement that raises or is not Python (level ``line``), or a call of a function that nobody defined (level
``call``). What fills holes stays on this side: a run in the sandbox ends at its first hole, says which it is and what
the variables hold, and the next run starts from the first statement with everything that was filled in so far. So
every object is as the program made it, generators and objects of its own classes included, and nothing has to be
stored between runs. What that costs: a program with k holes runs k + 1 times, and one that does not do the same each
time (clocks, threads) ends as ``diverged``. Random numbers are the same each time: every run has the executor's seed.

A program shares its process with what drives it, and could forge its own steps and answer: they are data and never a
verdict. A statement that is filled in does not run at all, so none of it happens in part. Programs run together, one
round of sandbox runs and one batch of holes at a time.

Not covered: what fills the holes (``unriddle.methods.chain_of_code``), and programs over several files.
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, ExecutorError, shorten
from unriddle.language.holes import changeable, readable, undefined_calls
from unriddle.language.values import Large, Opaque
from unriddle.outcome import Limits, Outcome, Status
from unriddle.problem import CallTest

__all__ = ["End", "Fill", "Hole", "HoleRun", "Level", "Step", "run_with_holes"]

Level = Literal["line", "call"]
End = Literal["done", "not filled", "error", "too many", "diverged", "unreadable"]

_LIMITS = Limits(cpu_seconds=3.0)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a run.

    Attributes:
        line: Its line, from 1.
        source: The statement, or the head of a loop or branch; a call at level ``call``.
        by: Who executed it: ``python``, or ``lm`` for what was filled in.
        changed: Variables that it changed, with their new values as text; ``_value`` for the value of a head.
    """

    line: int
    source: str
    by: str
    changed: Mapping[str, str]

    def __str__(self) -> str:
        values = ", ".join(f"{name} = {value}" if name else value for name, value in self.changed.items())
        by = "Python" if self.by == "python" else "LMulator"
        return f"{self.line:>4} {by:<8} {self.source}" + (f"    # {values}" if values else "")


@dataclass(frozen=True, slots=True)
class Hole:
    """What has to be filled in.

    Attributes:
        program: Number of the program in the batch.
        kind: ``statement`` (wanted: its changes), ``value`` (the value of a head, as ``_value``), or ``call``.
        line: Its line, from 1.
        source: The statement, ``_value = EXPRESSION``, or the call with its arguments.
        state: The variables before it, plain values only.
        targets: Names that may be given a new value; ``_value`` for a head, empty for a call.
        steps: The run so far.
        error: What Python said; empty for a call.
    """

    program: int
    kind: Literal["statement", "value", "call"]
    line: int
    source: str
    state: Mapping[str, Any]
    targets: frozenset[str]
    steps: tuple[Step, ...]
    error: str = ""


@dataclass(frozen=True, slots=True)
class HoleRun:
    """How a program ended.

    Attributes:
        source: The program.
        end: ``done``; or why there is no answer: ``not filled`` (nothing usable came for a hole), ``error`` (Python's,
            or a limit of the sandbox), ``too many`` (holes or steps), ``diverged``, ``unreadable``.
        answer: The value of ``answer`` (or of a ``return`` at the top) as plain data; ``None`` where none.
        steps: What ran, and by whom; of a long run the last steps, about 100,000 characters.
        n_filled: Holes that were filled in.
        error: What ended it; empty when done.
    """

    source: str
    end: End
    answer: Any = None
    steps: tuple[Step, ...] = ()
    n_filled: int = 0
    error: str = ""

    def __str__(self) -> str:
        end = f"answer = {self.answer!r}" if self.end == "done" else f"{self.end}: {self.error}"
        return "\n".join([*map(str, self.steps), end])


Fill = Callable[[Sequence[Hole]], Sequence[Mapping[str, Any] | None]]
"""Holes of a round -> for each the changed variables (``{"_value": …}`` for a value or a call), or ``None``."""


def run_with_holes(
    programs: Sequence[str],
    fill: Fill,
    *,
    executor: Executor,
    level: Level = "line",
    names: Sequence[Mapping[str, Any]] | None = None,
    facts: Mapping[str, Any] | None = None,
    max_lines: int = 20,
    max_holes: int = 500,
    max_steps: int = 10_000,
    only_undefined: bool = False,
    restrict: bool = True,
    max_text: int = 300,
    limits: Limits = _LIMITS,
) -> list[HoleRun]:
    """Every program run to its end, ``(n,)``, in order.

    Args:
        programs: Sources; they are hostile and run in the sandbox only.
        fill: Fills in holes; asked for one round of all programs at a time.
        executor: Where they run.
        level: What a hole is.
        names: Plain values of variables that each program begins with, ``(n,)``.
        facts: Values of calls (``"is_fruit('plum')" -> True``) that are no holes at level ``call``.
        max_lines: Distinct holes of one program (statements, or functions at level ``call``).
        max_holes: Holes of one program in all.
        max_steps: Steps of one program.
        only_undefined: At level ``line``, only a ``NameError`` makes a hole; other errors end the program.
        restrict: Changes of variables that the statement cannot change are dropped; ``answer`` may always change.
        max_text: Characters of a value in a step.
        limits: Of one run.

    Raises:
        BadInput: ``names`` has another length, holds something that is not plain, or ``level`` is unknown.
        ExecutorError: Our machine failed.
    """
    if level not in ("line", "call"):
        raise BadInput(f"run_with_holes: level must be 'line' or 'call', got {shorten(level)}")
    given = [{} for _ in programs] if names is None else [dict(one) for one in names]
    if len(given) != len(programs):
        raise BadInput(f"run_with_holes: {len(programs)} programs but {len(given)} names; give one mapping each")
    options = {"level": level, "only_undefined": only_undefined, "max_steps": max_steps, "max_text": max_text}
    known = {tuple(call.removesuffix(")").split("(", 1)): _data(value) for call, value in (facts or {}).items()}
    running = [_Running(i, source, given[i], known, options) for i, source in enumerate(programs)]
    bounds = _Bounds(max_lines, max_holes, restrict)
    while asked := [one for one in running if one.end is None]:
        for one, outcome in zip(asked, _round(asked, executor, limits), strict=True):
            one.read(outcome, bounds)
        holes = [one.hole for one in asked if one.hole is not None]
        if holes:
            filled = list(fill(holes))
            if len(filled) != len(holes):
                raise BadInput(f"run_with_holes: {len(holes)} holes were given to fill, {len(filled)} came back")
            for hole, changes in zip(holes, filled, strict=True):
                running[hole.program].take(changes, bounds)
    return [one.run() for one in running]


@dataclass(frozen=True, slots=True)
class _Bounds:
    max_lines: int
    max_holes: int
    restrict: bool


def _round(asked: Sequence[_Running], executor: Executor, limits: Limits) -> list[Outcome]:
    """One run of each in the sandbox. Runs of one program share a process, different programs never do."""
    candidate = Candidate(_engine())
    places: dict[str, list[int]] = {}
    for i, one in enumerate(asked):
        places.setdefault(one.source, []).append(i)
    groups = [([candidate], [CallTest("run_program", asked[i].arguments()) for i in of]) for of in places.values()]
    together = list(places.values())
    found: dict[int, Outcome] = {}
    for number, verdicts in executor.run_groups(groups, limits=limits):
        found.update({i: verdicts[0, j] for j, i in enumerate(together[number])})
    return [found[i] for i in range(len(asked))]


@cache
def _engine() -> str:
    """The half that runs in the sandbox, compiled here: compiling it there would take longer than most runs."""
    text = files("unriddle.execute.inside").joinpath("holes.py").read_text(encoding="utf-8")
    code = marshal.dumps(compile(text, "unriddle.execute.inside.holes", "exec", dont_inherit=True, optimize=2))
    return (
        "import marshal, sys\n"
        f"if sys.implementation.cache_tag != {sys.implementation.cache_tag!r}:\n"
        "    raise ImportError(f'compiled for another Python than {sys.implementation.cache_tag}')\n"
        f"exec(marshal.loads({code!r}))\n"
    )


class _Running:
    """One program under way: what was filled in, and the hole it stands at."""

    def __init__(
        self, number: int, source: str, names: dict[str, Any], facts: dict[Any, bytes], options: Mapping[str, Any]
    ) -> None:
        self.number, self.source, self.names = number, source, names
        self.readable = readable(source)
        stubs = sorted(undefined_calls(self.readable) - set(names)) if self.readable is not None else []
        called = options["level"] == "call"
        self.options = {**options, "number": number, "stubs": stubs if called else []}
        self.facts = {key: value for key, value in facts.items() if key[0] in stubs} if called else {}
        self.known: dict[Any, Any] = {}
        self.lines: set[Any] = set()
        self.hole: Hole | None = None
        self.key: Any = None
        self.answer: Any = None
        self.steps: tuple[Step, ...] = ()
        self.end: End | None = None
        self.error = ""
        if self.readable is None:
            self.stop("unreadable", "it is not Python, and it is not a few lines that are not")

    def arguments(self) -> tuple[Any, ...]:
        """What ``run_program`` is called with."""
        return self.readable, self.source.splitlines(), {**self.facts, **self.known}, self.names, self.options

    def stop(self, end: End, error: str = "") -> None:
        """It ends here."""
        self.end, self.error, self.hole = end, error, None

    def read(self, outcome: Outcome, bounds: _Bounds) -> None:
        """Take in what a run reported; it comes from the program's own process and may be anything."""
        if outcome.status is Status.INFRA:
            raise ExecutorError(f"a program with holes could not be run: {outcome.error}")
        self.hole = None
        report = outcome.result if outcome.status is Status.PASS else None
        if type(report) is not tuple or len(report) != 6 or not _are_steps(report[2]):
            long = type(outcome.result) is Large
            self.stop("error", outcome.error or ("its answer is too long" if long else "it forged its report"))
            return
        how, what, steps, has_answer, answer, _ = report
        self.steps = tuple(Step(*step) for step in steps)
        if how == "done":
            plain = has_answer is True and type(answer) is not Opaque
            self.answer = answer if plain else None
            why = "its answer is not plain data" if has_answer is True else "it sets no answer"
            self.stop("done" if plain else "error", "" if plain else why)
        elif how == "hole" and _is_hole(what):
            self._ask(what, bounds)
        else:
            ends: dict[Any, End] = {"steps": "too many", "diverged": "diverged"}
            self.stop(ends.get(how, "error") if type(how) is str else "error", _text(what))

    def _ask(self, what: tuple[Any, ...], bounds: _Bounds) -> None:
        kind, step, line, source, state, more = what
        called = kind == "call"
        self.key = more if called else step
        self.lines.add(more[0] if called else (line, kind))
        if len(self.lines) > bounds.max_lines or len(self.known) >= bounds.max_holes or self.key in self.known:
            self.stop("too many", f"holes: {len(self.known)} were filled in, in {len(self.lines)} places")
            return
        targets = frozenset[str]() if called else frozenset({"_value"}) if kind == "value" else changeable(source)
        self.hole = Hole(self.number, kind, line, source, state, targets, self.steps, error="" if called else str(more))

    def take(self, changes: Mapping[str, Any] | None, bounds: _Bounds) -> None:
        """Note what was filled in at the hole it stands at."""
        hole = self.hole
        assert hole is not None
        kept = dict(changes) if changes is not None else None
        if kept is not None and hole.kind == "statement" and bounds.restrict:
            kept = {name: value for name, value in kept.items() if name in hole.targets or name == "answer"}
        if kept is None or (hole.kind != "statement" and "_value" not in kept) or (changes and not kept):
            self.stop("not filled", f"line {hole.line}: nothing usable came for {shorten(hole.source)}")
            return
        if hole.kind == "call":
            self.known[self.key] = _data(kept["_value"])
        else:
            self.known[self.key] = (hole.source, _data(kept))

    def run(self) -> HoleRun:
        """What came of it."""
        assert self.end is not None
        return HoleRun(self.source, self.end, self.answer, self.steps, len(self.known), self.error)


def _data(value: Any) -> bytes:
    try:
        return marshal.dumps(value, 2)
    except ValueError as error:
        raise BadInput(
            f"run_with_holes: what fills a hole must be plain built-in values, got {shorten(value)}"
        ) from error


def _are_steps(steps: Any) -> bool:
    return type(steps) is list and all(
        type(step) is tuple
        and tuple(map(type, step)) == (int, str, str, dict)
        and all(type(key) is str and type(value) is str for key, value in step[3].items())
        for step in steps
    )


def _is_hole(what: Any) -> bool:
    if type(what) is not tuple or tuple(map(type, what[:5])) != (str, int, int, str, dict) or len(what) != 6:
        return False
    named = all(type(name) is str for name in what[4])
    if what[0] == "call":
        return named and type(what[5]) is tuple and tuple(map(type, what[5])) == (str, str)
    return named and what[0] in ("statement", "value") and type(what[5]) is str


def _text(what: Any) -> str:
    if type(what) is tuple and len(what) == 2 and type(what[1]) is str:
        return f"line {what[0]}: {what[1]}" if type(what[0]) is int else what[1]
    return shorten(what)
