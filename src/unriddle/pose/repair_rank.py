"""Repairs that pass all tests, told apart by what they do on further inputs; the likeliest first.

Repairs that act alike on every input are one class. A class is as likely as its members' edits together, and less
where it raises or never ends on inputs on which others return: a repair made to fit a few tests often does. Not
covered: programs whose tests are code (their edits are ordered by cost alone).
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadProblem, shorten
from unriddle.execute.coverage import cover_calls
from unriddle.execute.try_many import try_many
from unriddle.language.fold import fold, is_literal
from unriddle.language.python import function_names, parse
from unriddle.outcome import Limits, Status
from unriddle.problem import CallTest, CodeTest, Test
from unriddle.propose.repair import Edit
from unriddle.testgen.guess_kinds import guess_signature
from unriddle.testgen.guided import GuidedInputs
from unriddle.verdicts import Verdicts

__all__ = ["Disagreement", "Ranked", "further_inputs", "rank"]

_SHARP, _FAILURE = 1.5, 4.0
"""How much a unit of cost counts, and how much failing on every input does."""
_QUICK = 0.02
"""CPU seconds of a call that is compared; inputs on which the likeliest repair takes longer are not used."""
_LIMITS = Limits(cpu_seconds=0.1, memory_mb=512, max_kills=5)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """An input that the tests do not pin down: its arguments as a call, what the chosen repair and another one do."""

    call: str
    chosen: str
    other: str
    edit: Edit


@dataclass(frozen=True, slots=True)
class Ranked:
    """The repairs in order.

    Attributes:
        edits: The chosen one first.
        classes: ``(n,)`` number of the class of each by behaviour, 0 for that of the chosen one.
        n_inputs: Further inputs they were run on.
        disagreements: For each other class a short input on which it and the chosen one differ.
        cpu_seconds: What it cost.
    """

    edits: tuple[Edit, ...]
    classes: tuple[int, ...]
    n_inputs: int
    disagreements: tuple[Disagreement, ...]
    cpu_seconds: float

    @property
    def n_classes(self) -> int:
        """Different behaviours among them."""
        return len(set(self.classes))


def rank(
    edits: Sequence[Edit],
    tests: Sequence[Test],
    *,
    executor: Executor,
    rng: np.random.Generator,
    n_inputs: int = 200,
    context: str = "",
    seconds: float = 0.1,
) -> Ranked:
    """The edits in order of likelihood.

    Args:
        edits: Programs that pass all tests, ``(n,)``.
        tests: Those tests; inputs are made from their calls.
        executor: Runs the programs.
        rng: Draws inputs.
        n_inputs: How many.
        context: Source put before every program.
        seconds: CPU seconds of one call.

    Raises:
        BadInput: There is no edit.
    """
    if not edits:
        raise BadInput("rank: expected at least one edit, got none")
    order = sorted(range(len(edits)), key=lambda i: (edits[i].cost, len(edits[i].source), edits[i].source))
    ordered = [edits[i] for i in order]
    if len(ordered) == 1:
        return Ranked(tuple(ordered), (0,), 0, (), 0.0)
    entry, inputs, spent = further_inputs(ordered[0].source, tests, n=n_inputs, executor=executor, rng=rng)
    if not inputs:
        return Ranked(tuple(ordered), tuple(range(len(ordered))), 0, (), spent)
    calls = [CallTest(entry, args, name=f"input {j}") for j, args in enumerate(inputs)]
    limits = Limits(cpu_seconds=2.0 + _QUICK * len(inputs), memory_mb=512, max_kills=1_000_000)
    tried = try_many(
        [edit.source for edit in ordered], calls, executor=executor, seconds=max(seconds, 5 * _QUICK), context=context,
        limits=limits,
    )  # fmt: skip
    marks = _marks(tried.verdicts)
    returns = tried.verdicts.passed
    usable = np.logical_or.reduce(returns, axis=0)
    groups: dict[bytes, list[int]] = {}
    for i in range(len(ordered)):
        groups.setdefault(marks[i, usable].tobytes(), []).append(i)

    def score(rows: list[int]) -> float:
        weight = float(np.logaddexp.reduce([-_SHARP * ordered[i].cost for i in rows]))
        return weight - _FAILURE * float(1 - returns[rows[0], usable].mean()) if usable.any() else weight

    classes = sorted(groups.values(), key=lambda rows: (-score(rows), rows))
    places = [i for rows in classes for i in rows]
    numbers = [k for k, rows in enumerate(classes) for _ in rows]
    apart = _disagreements(entry, inputs, tried.verdicts, marks, usable, classes, ordered)
    return Ranked(
        tuple(ordered[i] for i in places), tuple(numbers), len(inputs), apart, spent + tried.cpu_seconds
    )  # fmt: skip


def further_inputs(
    source: str, tests: Sequence[Test], *, n: int, executor: Executor, rng: np.random.Generator
) -> tuple[str, list[tuple[Any, ...]], float]:
    """Name of the function that most tests call, inputs of its kind, and what they cost; none for code."""
    if n <= 0:
        return "", [], 0.0
    calls = [(t.entry, tuple(t.args)) for t in tests if isinstance(t, CallTest) and not t.kwargs]
    calls = calls or [call for t in tests if isinstance(t, CodeTest) for call in _literal_calls(t.code, source)]
    if not calls:
        return "", [], 0.0
    entry = Counter(name for name, _ in calls).most_common(1)[0][0]
    known = [args for name, args in calls if name == entry]
    try:
        guide = GuidedInputs(guess_signature(source, entry, known=known), known, rng, max_size=8, largest=100)
    except (BadProblem, BadInput):
        return entry, known, 0.0
    found: list[tuple[Any, ...]] = []
    spent, n_asked = 0.0, 0
    while n_asked < n:
        inputs = guide.ask(min(100, n - n_asked))
        if not inputs:
            break
        for _, covered in cover_calls([(source, entry, inputs)], executor=executor, limits=_LIMITS):
            guide.tell(inputs, [covered])
            spent += float(np.nansum(covered.cpu_seconds))
            ended = np.isin(covered.status, (Status.PASS, Status.ERROR)) & ~(covered.cpu_seconds > _QUICK)
            found += [args for args, good in zip(inputs, ended, strict=True) if good]
        n_asked += len(inputs)
    return entry, found, spent


def _literal_calls(code: str, source: str) -> list[tuple[str, tuple[Any, ...]]]:
    """Calls of the program's functions with literal arguments in the code of a test."""
    names = function_names(source)
    found = []
    for node in ast.walk(parse(code)):
        if isinstance(node, ast.Call) and not node.keywords:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in names and all(is_literal(arg) for arg in node.args):
                found.append((name, tuple(fold(arg) for arg in node.args)))
    return found


def _marks(verdicts: Verdicts) -> npt.NDArray[np.int64]:
    """``(n, m)`` numbers that are equal where the programs did the same: values, kinds of exception, no end."""
    marks = verdicts.value.astype(np.int64)
    kinds: dict[str, int] = {}
    for i, j in np.argwhere(marks < 0).tolist():
        late = verdicts.status[i, j] in (Status.TIMEOUT, Status.CRASH, Status.SKIPPED)
        name = "" if late else verdicts[i, j].error.partition("<")[0].partition(":")[0]
        marks[i, j] = -2 - kinds.setdefault(name, len(kinds))
    return marks


def _disagreements(
    entry: str,
    inputs: Sequence[tuple[Any, ...]],
    verdicts: Verdicts,
    marks: npt.NDArray[np.int64],
    usable: npt.NDArray[np.bool_],
    classes: Sequence[Sequence[int]],
    edits: Sequence[Edit],
) -> tuple[Disagreement, ...]:
    best = classes[0][0]
    order = sorted(np.flatnonzero(usable).tolist(), key=lambda j: len(repr(inputs[j])))
    found = []
    for rows in classes[1:]:
        j = next(j for j in order if marks[best, j] != marks[rows[0], j])
        call = f"{entry}({', '.join(shorten(value) for value in inputs[j])})"
        found.append(Disagreement(call, _shown(verdicts, best, j), _shown(verdicts, rows[0], j), edits[rows[0]]))
    return tuple(found)


def _shown(verdicts: Verdicts, i: int, j: int) -> str:
    cell = verdicts[i, j]
    if cell.value >= 0:
        return shorten(cell.result)
    kind, _, message = cell.error.partition(": ")
    return "no end" if cell.status == Status.TIMEOUT else f"{kind.partition('<')[0]}: {message}".rstrip(": ")
