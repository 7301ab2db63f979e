"""Where a program is wrong, told by which tests pass through which places: spectrum-based fault localisation.

A place that failing tests cover and passing tests do not is suspicious. Ochiai (Abreu 2007), Tarantula (Jones 2002) and
DStar (Wong 2014) say how much. Places covered by the same tests cannot be told apart: ties are reported as ranges of
ranks. Not covered: faults in what is missing (the places around the gap are suspicious), and tests that fail for
several reasons at once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadShape
from unriddle.execute.try_many import try_many
from unriddle.language.lines import Place, count_places
from unriddle.outcome import Status
from unriddle.problem import Test
from unriddle.verdicts import Verdicts

__all__ = ["FORMULAS", "Localised", "Suspect", "dstar", "localise", "ochiai", "suspicion", "tarantula"]

_Floats = npt.NDArray[np.float64]
_Formula = Callable[[_Floats, _Floats, float, float], _Floats]


def ochiai(failed: _Floats, passed: _Floats, all_failed: float, all_passed: float) -> _Floats:
    """``f / sqrt(F (f + p))``, ``(b,)``; 0 where nothing covers.

    Args:
        failed: ``f``, failing tests that cover each place, ``(b,)``.
        passed: ``p``, passing tests that do, ``(b,)``.
        all_failed: ``F``, failing tests.
        all_passed: ``P``, passing tests.

    >>> float(ochiai(np.array([2.0]), np.array([2.0]), 2, 5)[0]).__round__(4)
    0.7071
    """
    return _over(failed, np.sqrt(all_failed * (failed + passed)))


def tarantula(failed: _Floats, passed: _Floats, all_failed: float, all_passed: float) -> _Floats:
    """``(f/F) / (f/F + p/P)``, arguments as for ``ochiai``; without passing tests ``p/P`` counts as 0."""
    part = failed / all_failed if all_failed else np.zeros_like(failed)
    other = passed / all_passed if all_passed else np.zeros_like(passed)
    return _over(part, part + other)


def dstar(failed: _Floats, passed: _Floats, all_failed: float, all_passed: float) -> _Floats:
    """``f² / (p + F − f)``, arguments as for ``ochiai``; infinite where exactly the failing tests cover."""
    below = passed + (all_failed - failed)
    above = failed**2
    return np.where(below > 0, _over(above, below), np.where(above > 0, np.inf, 0.0))


def _over(above: _Floats, below: _Floats) -> _Floats:
    found: _Floats = np.divide(above, below, out=np.zeros_like(above), where=below > 0)
    return found


FORMULAS: dict[str, _Formula] = {"ochiai": ochiai, "tarantula": tarantula, "dstar": dstar}
"""By name."""


def suspicion(
    covered: npt.NDArray[np.bool_], failed: npt.NDArray[np.bool_], *, formula: str = "ochiai"
) -> npt.NDArray[np.float64]:
    """How suspicious each place is, ``(b,)``.

    Args:
        covered: ``(m, b)`` which test covers which place.
        failed: ``(m,)`` which tests fail.
        formula: One of ``FORMULAS``.

    Raises:
        BadShape: The arrays do not fit.
        BadInput: There is no such formula.
    """
    if covered.ndim != 2 or failed.shape != covered.shape[:1]:
        raise BadShape(f"suspicion: covered must be (m, b) and failed (m,), got {covered.shape} and {failed.shape}")
    if formula not in FORMULAS:
        raise BadInput(f"suspicion: formula must be one of {', '.join(FORMULAS)}, got {formula!r}")
    f = covered[failed].sum(axis=0).astype(np.float64)
    p = covered[~failed].sum(axis=0).astype(np.float64)
    return FORMULAS[formula](f, p, float(failed.sum()), float((~failed).sum()))


@dataclass(frozen=True, slots=True)
class Suspect:
    """A line and how suspicious it is.

    Attributes:
        line: Its number.
        score: By the formula.
        first: Best rank it may have among equals, from 1.
        last: Worst one.
        n_failing: Failing tests that cover it.
        n_passing: Passing tests that do.
        raised: Failing tests whose exception came from it.
    """

    line: int
    score: float
    first: int
    last: int
    n_failing: int
    n_passing: int
    raised: int

    @property
    def middle(self) -> float:
        """The middle of its ranks."""
        return (self.first + self.last) / 2


@dataclass(frozen=True, slots=True)
class Localised:
    """Where a program is likely wrong.

    Attributes:
        places: ``(b,)`` statements and expressions with a counter.
        scores: ``(b,)`` how suspicious each is.
        covered: ``(m, b)`` which test covers which.
        verdicts: ``(1, m)`` how the program did.
        lines: Lines inside functions that some failing test covers, the most suspicious first.
        cpu_seconds: What it cost.
    """

    places: tuple[Place, ...]
    scores: npt.NDArray[np.float64]
    covered: npt.NDArray[np.bool_]
    verdicts: Verdicts
    lines: tuple[Suspect, ...]
    cpu_seconds: float

    def score_at(self, line: int, column: int) -> float:
        """The score of the innermost place around a node that begins there; 0 where there is none."""
        return self.scorer()(line, column)

    def scorer(self) -> Callable[[int, int], float]:
        """``score_at`` for many questions."""
        on_line: dict[int, list[tuple[tuple[int, int], float]]] = {}
        for place, value in zip(self.places, self.scores.tolist(), strict=True):
            for number in range(place.line, place.end_line + 1):
                on_line.setdefault(number, []).append(((place.line, place.column), value))

        def at(line: int, column: int) -> float:
            best, score = (-1, -1), 0.0
            for start, value in on_line.get(line, ()):
                if best <= start <= (line, column):
                    best, score = start, value
            return score

        return at


def localise(
    source: str,
    tests: Sequence[Test],
    *,
    executor: Executor,
    formula: str = "ochiai",
    seconds: float = 0.25,
    context: str = "",
    raised_weight: float = 0.1,
) -> Localised:
    """The suspicious places and lines of a program.

    Args:
        source: The program.
        tests: What it should do, ``(m,)``; some should fail, and some should pass.
        executor: Runs it.
        formula: One of ``FORMULAS``.
        seconds: CPU seconds of a test; a longer one counts as failed, with what it covered until then.
        context: Source put before the program.
        raised_weight: A line from which a failing test's exception came gains this part of the way to the best score.

    Raises:
        BadProblem: The program cannot be read.
        BadInput: There is no such formula.
    """
    counted = count_places(source)
    tried = try_many([counted.source, source], tests, executor=executor, seconds=seconds, patient=True, context=context)
    b = len(counted.places)
    counts = tried.counts[0] if tried.counts[0].shape[1] == b else np.zeros((len(tests), b), dtype=np.uint8)
    covered = counts > 0
    verdicts = tried.verdicts.take(rows=[1])
    failed = ~verdicts.passed[0] & verdicts.known[0]
    scores = suspicion(covered, failed, formula=formula)
    raised = _raised(verdicts, failed)
    finite = scores[np.isfinite(scores)]
    top = float(finite.max(initial=0.0))
    for place, line_of in enumerate(counted.places):
        n = sum(count for line, count in raised.items() if line_of.line <= line <= line_of.end_line)
        if n and np.isfinite(scores[place]):
            scores[place] += raised_weight * (n / max(1, int(failed.sum()))) * (top - scores[place])
    lines = _lines(counted.places, scores, covered, failed, raised)
    return Localised(counted.places, scores, covered, verdicts, lines, tried.cpu_seconds)


def _raised(verdicts: Verdicts, failed: npt.NDArray[np.bool_]) -> dict[int, int]:
    """How many failing tests raised on each line."""
    found: dict[int, int] = {}
    for j in np.flatnonzero(failed).tolist():
        cell = verdicts[0, j]
        if cell.status == Status.ERROR and cell.line:
            found[cell.line] = found.get(cell.line, 0) + 1
    return found


def _lines(
    places: Sequence[Place],
    scores: npt.NDArray[np.float64],
    covered: npt.NDArray[np.bool_],
    failed: npt.NDArray[np.bool_],
    raised: dict[int, int],
) -> tuple[Suspect, ...]:
    best: dict[int, int] = {}
    for i, place in enumerate(places):
        inside = place.function or not place.text.startswith(("def ", "class ", "import ", "from ", "async def "))
        if inside and covered[failed, i].any():
            for line in range(place.line, place.end_line + 1):
                if line not in best or scores[i] > scores[best[line]]:
                    best[line] = i
    values = np.array([scores[i] for i in best.values()])
    found = [
        Suspect(
            line,
            float(scores[i]),
            1 + int((values > scores[i] + 1e-12).sum()),
            int((values >= scores[i] - 1e-12).sum()),
            int(covered[failed, i].sum()),
            int(covered[~failed, i].sum()),
            raised.get(line, 0),
        )
        for line, i in best.items()
    ]
    return tuple(sorted(found, key=lambda s: (-s.score, s.line)))
