"""Scores that read the candidates' text: a factory takes the candidates and returns a Score for their verdicts.

Rows are joined to candidates by id, so the score may be used on any sub-matrix. Not covered: learned features of the
text (``unriddle.score.reranker``).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt

from unriddle.candidate import Candidate
from unriddle.contracts import Score
from unriddle.errors import BadInput, shorten
from unriddle.verdicts import Verdicts

__all__ = ["by_candidate", "length"]


def by_candidate(candidates: Sequence[Candidate], value: Callable[[Candidate], float], *, name: str) -> Score:
    """A score that looks each row's candidate up by id.

    The score raises ``BadInput`` for a row whose candidate was not given.
    """
    numbers = {candidate.id: float(value(candidate)) for candidate in candidates}

    def score(verdicts: Verdicts) -> npt.NDArray[np.float64]:
        missing = [c for c in verdicts.candidates if c not in numbers]
        if missing:
            raise BadInput(
                f"{name}: {len(missing)} rows have no candidate among the {len(numbers)} given, the first is "
                f"{shorten(missing[0])}; give the candidates these verdicts were made from"
            )
        return np.array([numbers[c] for c in verdicts.candidates], dtype=np.float64)

    return score


def length(candidates: Sequence[Candidate], *, unit: Literal["characters", "lines"] = "characters") -> Score:
    """A score that prefers the shorter candidate.

    Args:
        candidates: Whose text is measured; blank lines and trailing space do not count.
        unit: What is counted.

    Raises:
        BadInput: An unknown unit.
    """
    if unit not in ("characters", "lines"):
        raise BadInput(f"length: unit must be 'characters' or 'lines', got {shorten(unit)}")

    def size(candidate: Candidate) -> float:
        lines = [line.rstrip() for line in candidate.source.splitlines() if line.strip()]
        return -float(len(lines) if unit == "lines" else sum(map(len, lines)))

    return by_candidate(candidates, size, name="length")
