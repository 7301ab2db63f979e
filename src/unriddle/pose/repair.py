"""A wrong program repaired against its tests, with what speaks for the repair and what the tests leave open.

Localisation says where to edit, ``propose.repair`` what, running says which edits pass every test (plausible ones), and
``pose.repair_rank`` which of those is likely meant. A plausible repair may be wrong: tests are few. Tests that waver
are found by repetition and left out by name; with a reference program, so are tests that the reference fails. Not
covered: faults that need new code or edits in more than two places, and programs of several files.
"""

from __future__ import annotations

import difflib
import io
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.execute.try_many import Tried, try_many
from unriddle.language.python import parse
from unriddle.outcome import Limits, Status
from unriddle.pose.repair_baseline import LIMITS, Baseline, measure
from unriddle.pose.repair_rank import Ranked, rank
from unriddle.problem import CallTest, CodeTest, Test
from unriddle.propose.repair import Edit, RepairProposer
from unriddle.propose.repair_least import least_change
from unriddle.propose.repair_text import read_program
from unriddle.verdicts import Verdicts

__all__ = ["LIMITS", "Baseline", "RepairReport", "measure", "repair"]

_BATCH, _LARGE = 256, 20_000
"""Edits that are tried at once, and characters of a program from which on they are fewer."""
_CHEAP, _PATIENT = 0.005, 1.0
"""CPU seconds up to which a test is run on every edit, and those of a test that is run on few."""
_BEYOND = 1.2
"""Edits are tried until they cost this much more than the first plausible one."""
_MOST = 60
"""Plausible edits that are told apart by running them further."""


@dataclass(frozen=True, slots=True)
class RepairReport:
    """What came of a repair.

    Attributes:
        source: The wrong program.
        baseline: How it does.
        repaired: The repaired program; ``None`` where none was found.
        edit: What was changed.
        plausible: Every edit found that passes all tests, the chosen one first.
        ranked: Their classes by behaviour, and inputs that tell them apart; ``None`` without an edit.
        n_tried: Programs that were run on the tests.
        cpu_seconds: What it all cost, this process and the sandbox.
        why: One line: what is believed and why, or how far the search came.
    """

    source: str
    baseline: Baseline
    repaired: str | None
    edit: Edit | None
    plausible: tuple[Edit, ...]
    ranked: Ranked | None
    n_tried: int
    cpu_seconds: float
    why: str

    def diff(self, name: str = "program.py") -> str:
        """The change as a unified diff; empty where there is none."""
        if self.repaired is None:
            return ""
        # Python ends lines at newlines only, str.splitlines at form feeds too.
        before, after = (list(io.StringIO(text, newline="\n")) for text in (self.source, self.repaired))
        return "".join(
            line if line.endswith("\n") else line + "\n\\ No newline at end of file\n"
            for line in difflib.unified_diff(before, after, f"a/{name}", f"b/{name}")
        )


@dataclass(slots=True)
class _Clock:
    """CPU seconds of this process and of the sandbox since it was made."""

    sandbox: float = 0.0
    begin: float = field(default_factory=time.process_time)

    @property
    def spent(self) -> float:
        return self.sandbox + time.process_time() - self.begin


def repair(
    source: str,
    tests: Sequence[Test],
    *,
    executor: Executor,
    rng: np.random.Generator,
    reference: str = "",
    context: str = "",
    function: str | None = None,
    cpu_seconds: float = 60.0,
    n_inputs: int = 200,
    limits: Limits = LIMITS,
    say: Callable[[str], None] = lambda _: None,
) -> RepairReport:
    """The likeliest small edit under which the program passes all its tests.

    Args:
        source: The wrong program.
        tests: What it should do; some must fail.
        executor: Runs everything.
        rng: Draws the inputs that tell plausible edits apart.
        reference: A program that is right: only to leave out tests that it fails, the search never sees it.
        context: Source put before every program.
        function: Edit only inside the top function or class of that name.
        cpu_seconds: Of this process and the sandbox together; what was found until then counts.
        n_inputs: Generated inputs for telling plausible edits apart; 0 for none.
        limits: Of one test when an edit is checked at the end.
        say: Takes progress messages.

    Raises:
        BadInput: There is no test that can be relied on.
        BadProblem: The program cannot be read.
    """
    clock = _Clock()
    if function is not None and not read_program(source).inside(function):
        raise BadInput(
            f"repair: expected a function or class of the program, got {function!r}; it has "
            f"{shorten(', '.join(getattr(node, 'name', '') for node in parse(source).body if hasattr(node, 'name')))}"
        )
    base = measure(source, tests, executor=executor, reference=reference, context=context, limits=limits)
    clock.sandbox += base.localised.cpu_seconds
    if not base.failing:
        why = f"nothing to repair: all {len(base.tests)} tests pass"
        return RepairReport(source, base, None, None, (), None, 0, clock.spent, why)
    say(f"{len(base.failing)} of {len(base.tests)} tests fail")
    search = _Search(source, base, executor, context, function, clock, cpu_seconds, say)
    search.run()
    plausible = search.checked(limits)
    if not plausible:
        why = f"not repaired: {search.n_tried:,} edits tried, none passes all {len(base.tests)} tests{search.ended}"
        why += _same_end(base)
        return RepairReport(source, base, None, None, (), None, search.n_tried, clock.spent, why)
    ranked = rank(
        plausible[:_MOST], base.tests, executor=executor, rng=rng, n_inputs=n_inputs, context=context,
        seconds=base.seconds,
    )  # fmt: skip
    clock.sandbox += ranked.cpu_seconds
    best = ranked.edits[0]
    rest = [edit for edit in plausible if edit not in ranked.edits]
    why = f"all {len(base.tests)} tests pass; {search.n_tried:,} edits tried, {_how_many(len(plausible), ranked)}"
    return RepairReport(
        source,
        base,
        least_change(source, best.source),
        best,
        (*ranked.edits, *rest),
        ranked,
        search.n_tried,
        clock.spent,
        why,
    )


def _same_end(base: Baseline) -> str:
    """What stops every failing test, where that is one exception from one line of the program."""
    cells = [base.localised.verdicts[0, j] for j in np.flatnonzero(~base.localised.verdicts.passed[0]).tolist()]
    ends = {(cell.error, cell.line) for cell in cells if cell.status == Status.ERROR and cell.line}
    if len(ends) != 1 or len(ends) != len({(cell.error, cell.line) for cell in cells}):
        return ""
    ((error, line),) = ends
    kind, _, message = error.partition(": ")
    return f"; each failing test ends at line {line} with {kind.partition('<')[0]}: {shorten(message)}"


def _how_many(n: int, ranked: Ranked) -> str:
    if n == 1:
        return "no other of them does that"
    ways = "alike" if ranked.n_classes == 1 else f"in {ranked.n_classes} different ways"
    told = f"act {ways} on {ranked.n_inputs} further inputs" if ranked.n_inputs else "could not be run further"
    return f"{n} of them pass all tests and {told}"


@dataclass(slots=True)
class _Search:
    """The loop of asking and telling."""

    source: str
    base: Baseline
    executor: Executor
    context: str
    function: str | None
    clock: _Clock
    cpu_seconds: float
    say: Callable[[str], None]
    n_tried: int = 0
    ended: str = ""
    _found: list[Edit] = field(default_factory=list)
    _slow: list[Edit] = field(default_factory=list)

    def run(self) -> None:
        verdicts = self.base.localised.verdicts
        n_passed = int(np.count_nonzero(verdicts.passed[0]))
        proposer = RepairProposer(self.source, n_passed, self._suspicion(), self.function)
        order = np.argsort(verdicts.passed[0], kind="stable").tolist()
        while True:
            asked = proposer.ask(self._batch())
            if not asked or self._far_enough(proposer.edit_of(asked[0])):
                return
            if self.clock.spent > 0.9 * self.cpu_seconds:
                self.ended = f" within {self.cpu_seconds:g} CPU seconds"
                return
            tried = self._try([c.source for c in asked], order)
            proposer.tell(asked, tried.verdicts)
            self._note(asked, tried, proposer)
            self.say(f"{self.n_tried:,} edits tried, {len(self._found)} pass all tests")

    def _batch(self) -> int:
        """How many edits at once: of a large program, as many as leave time to stop."""
        if len(self.source) < _LARGE:
            return _BATCH
        each = self.base.localised.cpu_seconds / 2  # of two programs
        return int(np.clip(0.1 * self.cpu_seconds / max(each, 1e-3), 8, _BATCH))

    def _try(self, sources: Sequence[str], order: Sequence[int]) -> Tried:
        """All tests at once where they are quick; else the quick ones first, the rest where those pass."""
        self.n_tried += len(sources)
        times = np.nan_to_num(self.base.localised.verdicts.cpu_seconds[0], nan=1.0)
        quick = self._quick_tests(times)
        if len(quick) == len(times):
            return self._run(sources, order, self.base.seconds)
        tried = self._run(sources, [j for j in order if j in quick], self.base.seconds)
        good = np.flatnonzero(tried.verdicts.passed[:, quick].all(axis=1)).tolist()
        if not good:
            return tried
        full = self._run([sources[i] for i in good], np.argsort(times).tolist(), max(self.base.seconds, _PATIENT))
        rest = [i for i in range(len(sources)) if i not in good]
        joined = Verdicts.join_rows([tried.verdicts.take(rows=rest), full.verdicts])
        places = {i: k for k, i in enumerate([*rest, *good])}
        return Tried(joined.take(rows=[places[i] for i in range(len(sources))]), (), tried.cpu_seconds)

    def _run(self, sources: Sequence[str], order: Sequence[int], seconds: float) -> Tried:
        tried = try_many(
            sources, self.base.tests, executor=self.executor, order=order, seconds=seconds, context=self.context,
            limits=Limits(cpu_seconds=1.0 + 4 * seconds, memory_mb=512, max_kills=1_000_000),
        )  # fmt: skip
        self.clock.sandbox += tried.cpu_seconds
        return tried

    def _quick_tests(self, times: npt.NDArray[np.float64]) -> list[int]:
        """The tests that cost the wrong program little, and the quickest one that fails."""
        if float(times.sum()) <= 5 * _CHEAP:
            return list(range(len(times)))
        failing = np.flatnonzero(~self.base.localised.verdicts.passed[0])
        first = int(failing[np.argmin(times[failing])])
        return [j for j in range(len(times)) if times[j] <= _CHEAP or j == first]

    def _note(self, asked: Sequence[Candidate], tried: Tried, proposer: RepairProposer) -> None:
        late = np.isin(tried.verdicts.status, (Status.TIMEOUT, Status.SKIPPED))
        for i, candidate in enumerate(asked):
            passed = tried.verdicts.passed[i]
            if passed.all():
                self._found.append(proposer.edit_of(candidate))
            elif (passed | late[i]).all() and passed.sum() > len(passed) / 2:
                self._slow.append(proposer.edit_of(candidate))

    def _far_enough(self, edit: Edit) -> bool:
        return bool(self._found) and edit.order > min(e.order for e in self._found) + _BEYOND

    def _suspicion(self) -> Callable[[int, int], float]:
        """Scores as parts of the best one; code that no test reaches keeps a little."""
        found = self.base.localised
        finite = found.scores[np.isfinite(found.scores)]
        top = float(finite.max(initial=0.0))
        score_at = found.scorer()

        def at(line: int, column: int) -> float:
            score = score_at(line, column)
            return 1.0 if top <= 0 or not np.isfinite(score) else max(0.05, score / top)

        return at

    def checked(self, limits: Limits) -> list[Edit]:
        """The plausible edits that pass once more, alone and with the limits of the user."""
        slow = [] if self._found else self._slow[:20]
        edits = sorted([*self._found, *slow], key=lambda edit: edit.order)[: 2 * _MOST]
        if not edits:
            return []
        calls = [t for t in self.base.tests if isinstance(t, CallTest)]
        codes = [t for t in self.base.tests if isinstance(t, CodeTest)]
        good = np.ones(len(edits), dtype=np.bool_)
        if calls:
            head = f"{self.context}\n\n" if self.context else ""
            programs = [Candidate(head + edit.source) for edit in edits]
            verdicts = self.executor.run(programs, calls, limits=limits)
            self.clock.sandbox += float(np.nansum(verdicts.cpu_seconds))
            good &= verdicts.passed.all(axis=1)
        if codes:
            tried = try_many(
                [edit.source for edit in edits], codes, executor=self.executor, seconds=limits.cpu_seconds,
                context=self.context,
            )  # fmt: skip
            self.clock.sandbox += tried.cpu_seconds
            good &= tried.verdicts.passed.all(axis=1)
        return [edit for edit, right in zip(edits, good, strict=True) if right]
