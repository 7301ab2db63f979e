"""Programs that differ from a wrong one by a small edit, the likeliest first; no language model.

``edits`` lists single edits in order of cost and suspicion; ``RepairProposer`` asks and tells: when the single edits
are used up, those that made more tests pass are edited once more. Edits are general: wrong operators, variables,
constants and bounds, swapped and missing arguments, missing conditions, guards and base cases, statements of the same
file in other places. Not covered: edits over several functions at once, and code that the file holds no part of.
"""

from __future__ import annotations

import ast
import hashlib
import warnings
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from unriddle.candidate import Candidate
from unriddle.language.blocks import first_line
from unriddle.propose.repair_expressions import replacements
from unriddle.propose.repair_functions import default_edits, return_edits
from unriddle.propose.repair_scope import donors_of, scope_of
from unriddle.propose.repair_statements import statement_edits
from unriddle.propose.repair_text import Change, Program, for_head, own_expressions, read_program
from unriddle.verdicts import Verdicts

__all__ = ["Edit", "RepairProposer", "edits"]

Suspicion = Callable[[int, int], float]
"""How suspicious the code at a line and column is, from 0 to 1."""

_DOUBT = 2.5
"""What an edit costs more where nothing is suspicious than where all is."""


_LARGE = 20_000
"""Bytes from which on a program is too large for every edit of it to be listed."""
_MOST = 50_000
"""Edits of a large program."""


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """A changed program; its text is made when it is asked for, since there are many.

    Attributes:
        base: The program that is edited.
        changes: What is replaced in it.
        line: Line of the original where it changes.
        rule: Name of the mistake it undoes.
        cost: The higher, the rarer the mistake is thought to be.
        order: ``cost``, and more where nothing is suspicious.
    """

    base: Program = field(repr=False)
    changes: tuple[Change, ...]
    line: int
    rule: str
    cost: float
    order: float

    @property
    def source(self) -> str:
        """The text; letters that the edit does not touch are as before."""
        return self.base.changed(*self.changes)


def edits(source: str, *, suspicion: Suspicion | None = None, function: str | None = None) -> list[Edit]:
    """All single edits, the likeliest first, each program once.

    Of a program of more than 20,000 bytes, the first 50,000 edits of the most suspicious statements.

    Args:
        source: The program.
        suspicion: From localisation; every place is equally suspicious when ``None``. Where it is 0 nothing is edited.
        function: Only inside the top function or class of that name.

    Raises:
        BadProblem: The program cannot be read.

    >>> [e.source for e in edits("def f(x):\\n    return x < 1\\n")][:2]
    ['def f(x):\\n    return x <= 1\\n', 'def f(x):\\n    return x > 1\\n']
    """
    program = read_program(source)
    large = len(program.data) > _LARGE
    if large and suspicion is not None:
        at = suspicion
        program.sites.sort(key=lambda site: -at(site.node.lineno, site.node.col_offset))
    unchanged = _digest(source)
    best: dict[bytes | tuple[Change, ...], Edit] = {unchanged: Edit(program, (), 0, "", 0.0, -1.0)}
    for line, place, rule, cost, changes in _all_edits(program, function):
        weight = 1.0 if suspicion is None else suspicion(*place)
        if weight <= 0:
            continue
        order = cost + _DOUBT * (1 - min(1.0, weight))
        key = changes if large else _digest(program.changed(*changes))
        if key not in best or order < best[key].order:
            best[key] = Edit(program, changes, line, rule, cost, order)
        if large and len(best) > _MOST:
            break
    del best[unchanged]
    return sorted(best.values(), key=lambda edit: edit.order)


def _digest(text: str) -> bytes:
    return hashlib.blake2b(text.encode(), digest_size=16).digest()


_Made = tuple[int, tuple[int, int], str, float, tuple[Change, ...]]
"""Line that changes; line and column whose suspicion counts; rule, cost, changes."""


def _all_edits(program: Program, function: str | None) -> Iterator[_Made]:
    donors = donors_of(read_program(program.source))  # nodes of their own: one may be put inside itself
    for site in program.sites if function is None else program.inside(function):
        node, start = site.node, (site.node.lineno, site.node.col_offset)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first, last = node.body[0], node.body[-1]
            for rule, cost, changes in default_edits(program, site, donors=donors):
                yield node.lineno, (first.lineno, first.col_offset), rule, cost, changes
            for rule, cost, changes in return_edits(program, site, donors=donors):
                yield last.end_lineno or last.lineno, (last.lineno, last.col_offset), rule, cost, changes
        if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Import | ast.ImportFrom):
            continue
        scope = scope_of(program, site)
        slot = program.slot(node)
        if slot is not None:
            for holder, name, place, part in list(own_expressions(node)):
                for rule, cost, new in replacements(part, holder, name, scope=scope, donors=donors):
                    text = _with(program, node, (holder, name, place, part), new)
                    if text is not None:
                        at = (part.lineno, part.col_offset)
                        yield part.lineno, at, rule, cost, ((slot[0], slot[1], text),)
            if isinstance(node, ast.Return) and node.value is None:
                for name in scope.names:
                    yield node.lineno, start, "missing value", 1.8, ((*program.span(node), f"return {name}"),)
        for rule, cost, changes in statement_edits(program, site, scope=scope, donors=donors):
            yield node.lineno, start, rule, cost, changes


def _with(
    program: Program, node: ast.stmt, where: tuple[ast.AST, str, int | None, ast.expr], new: ast.expr
) -> str | None:
    """The text of the statement's expressions with one of them replaced; ``None`` where it is not a program."""
    holder, name, place, old = where
    box: Any = vars(holder) if place is None else getattr(holder, name)
    key: Any = name if place is None else place
    box[key] = new
    try:
        slot = program.slot(node) if not isinstance(node, ast.If | ast.While | ast.For | ast.AsyncFor) else None
        text = slot[2] if slot is not None else _head(node)
    except (ValueError, AttributeError, TypeError):
        text = None
    finally:
        box[key] = old
    return text


def _head(node: ast.stmt) -> str:
    if isinstance(node, ast.For | ast.AsyncFor):
        return for_head(node)
    assert isinstance(node, ast.If | ast.While)
    return ast.unparse(node.test)


@dataclass(slots=True)
class RepairProposer:
    """Asks for edits of a program, the likeliest first; behind the single ones, second edits of those that helped.

    Args:
        source: The wrong program.
        passed: How many tests it passes.
        suspicion: From localisation.
        function: Only inside the top function or class of that name.
        n_best: So many programs that pass more tests than the original are edited again.
        n_second: So many second edits of each, the likeliest.
    """

    source: str
    passed: int = 0
    suspicion: Suspicion | None = None
    function: str | None = None
    n_best: int = 12
    n_second: int = 1500
    _queue: deque[Edit] = field(init=False)
    _by_id: dict[str, Edit] = field(init=False, default_factory=dict)
    _helped: list[tuple[int, Edit]] = field(init=False, default_factory=list)
    _again: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        self._queue = deque(edits(self.source, suspicion=self.suspicion, function=self.function))

    @property
    def n_waiting(self) -> int:
        """Edits that were not asked for yet, second ones that are not made yet left out."""
        return len(self._queue)

    @property
    def second(self) -> bool:
        """Whether second edits are being asked for."""
        return self._again

    def ask(self, k: int) -> list[Candidate]:
        """At most ``k`` programs; none when all are used up."""
        found: list[Candidate] = []
        while len(found) < k:
            if not self._queue and not self._again:
                self._again = True
                self._queue.extend(self._second())
            if not self._queue:
                break
            edit = self._queue.popleft()
            if edit.source != self.source and _compiles(edit):
                made = Candidate(
                    edit.source, prior=-edit.cost, proposer=f"repair: {edit.rule}", meta={"line": edit.line}
                )
                if made.id not in self._by_id:
                    self._by_id[made.id] = edit
                    found.append(made)
        return found

    def edit_of(self, candidate: Candidate) -> Edit:
        """The edit behind a candidate of ``ask``."""
        return self._by_id[candidate.id]

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Which tests the last programs pass; those that pass more than the original are edited again."""
        n_passed = np.count_nonzero(verdicts.passed, axis=1)
        for candidate, n in zip(candidates, n_passed.tolist(), strict=True):
            edit = self._by_id.get(candidate.id)
            if edit is not None and self.passed < n < verdicts.shape[1]:
                self._helped.append((n, edit))

    def _second(self) -> list[Edit]:
        """Second edits, those of the most promising first edits mixed with each other."""
        best = sorted(self._helped, key=lambda item: (-item[0], item[1].cost))[: self.n_best]
        found = []
        for rank, (_, first) in enumerate(best):
            source = first.source
            suspicion = self._moved(first, source) if len(source.encode()) > _LARGE else None
            for edit in edits(source, suspicion=suspicion, function=self.function)[: self.n_second]:
                order = first.cost + edit.cost + 0.2 * rank
                rule = f"{first.rule} and {edit.rule}"
                found.append(Edit(edit.base, edit.changes, first.line, rule, first.cost + edit.cost, order))
        return sorted(found, key=lambda edit: edit.order)

    def _moved(self, first: Edit, source: str) -> Suspicion | None:
        """Suspicion of the lines of an edited program: those below the edit may have moved."""
        suspicion, lines = self.suspicion, source.count("\n") - self.source.count("\n")
        if suspicion is None:
            return None

        def at(line: int, column: int) -> float:
            return suspicion(max(1, line - lines) if line > first.line else line, column)

        return at


def _compiles(edit: Edit) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(_piece(edit), "candidate.py", "exec", dont_inherit=True)
        except (SyntaxError, ValueError, RecursionError, MemoryError, OverflowError):
            return False
    return True


def _piece(edit: Edit) -> str:
    """The program; of a large one the top statements that the edit changes, which say the same in less time."""
    base, source = edit.base, edit.source
    if len(base.data) <= _LARGE or not edit.changes:
        return source
    starts = [base.starts[first_line(node) - 1] for node in base.tree.body]
    begin, end = min(change[0] for change in edit.changes), max(change[1] for change in edit.changes)
    first = max((at for at in starts if at <= begin), default=0)
    after = min((at for at in starts if at >= end and at > first), default=len(base.data))
    data = source.encode()
    return data[first : len(data) - (len(base.data) - after)].decode()
