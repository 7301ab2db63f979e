"""What is believed about the behaviours, how an answer changes it, and which input to ask about next.

Behaviours are weighed by how many programs show them; "none of them is right" has a weight of its own. An answer is
wrong with probability ``noise``, and then any other answer is as likely as another. Not covered: answers that depend
on each other, so no input is asked about twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.testgen.distinguish import UNKNOWN, divisions

__all__ = ["NOVEL", "Belief", "first_belief", "next_question", "questions_enough", "update"]

_Ints = npt.NDArray[np.int64]

NOVEL = -100
"""The answer that no behaviour gives."""

_NEAR = 0.9
"""Share of the most bits that still counts as telling nearly as much."""


@dataclass(frozen=True, slots=True)
class Belief:
    """Probabilities.

    Attributes:
        weight: ``(b,)`` probability that each behaviour is the wanted one.
        none: Probability that none of them is.
    """

    weight: npt.NDArray[np.float64]
    none: float

    @property
    def alive(self) -> npt.NDArray[np.bool_]:
        """``(b,)``: not ruled out."""
        return self.weight > 0

    @property
    def best(self) -> int:
        """The most probable behaviour, the first of equals; −1 when all are ruled out."""
        return int(np.argmax(self.weight)) if self.alive.any() else -1


def first_belief(counts: npt.ArrayLike, *, none_weight: float = 1.0) -> Belief:
    """Each behaviour by its number of programs ``(b,)``, "none" as if ``none_weight`` programs had shown it."""
    c = np.asarray(counts, dtype=np.float64)
    total = float(c.sum()) + none_weight
    return Belief(c / total, none_weight / total) if total > 0 else Belief(c, 1.0)


def update(belief: Belief, answers: npt.ArrayLike, *, said: int, noise: float = 0.0) -> Belief:
    """The belief after an answer.

    Args:
        belief: What was believed.
        answers: ``(b,)`` what each behaviour gives for the input asked about; UNKNOWN where it is not known.
        said: The answer, one of ``answers`` or NOVEL.
        noise: Probability that an answer is wrong; with 0 a behaviour that gives another answer is ruled out.
    """
    given = np.asarray(answers, dtype=np.int64)
    known = given != UNKNOWN
    n_options = len(np.unique(given[known & belief.alive])) + 1
    even = 1.0 / n_options
    likely = np.where(given == said, 1.0 - noise, noise / max(1, n_options - 1))
    weight = belief.weight * np.where(known, likely, even)
    # Where nothing here is right, every option and a new answer are equally likely.
    none = belief.none * even
    total = float(weight.sum()) + none
    return Belief(weight / total, none / total) if total > 0 else Belief(weight, 1.0)


def questions_enough(n_behaviours: int) -> int:
    """``ceil(log2 b) + 1``: the questions that suffice when every set of behaviours can be halved.

    >>> [questions_enough(b) for b in (1, 2, 3, 64)]
    [1, 2, 3, 7]
    """
    return max(0, n_behaviours - 1).bit_length() + 1


def next_question(
    answers: npt.ArrayLike,
    belief: Belief,
    *,
    open_columns: npt.ArrayLike,
    returns: npt.ArrayLike,
    sizes: npt.ArrayLike,
    allowance: int | None = None,
) -> int | None:
    """The input to ask about: one whose answer is expected to tell most; ``None`` when no open input divides.

    Of inputs that tell nearly as much as the best the smallest is taken: somebody has to think about it. Inputs that
    would leave more behaviours than the rest of the allowance can halve away come last, and so do inputs on which
    most of the weight returns nothing: they are seldom meant to be valid. Ties go to the first.

    Args:
        answers: ``(b, m)``, see ``unriddle.testgen.distinguish.cell_answers``.
        belief: What is believed now.
        open_columns: ``(m,)`` whether the input may be asked about.
        returns: ``(b, m)`` whether the behaviour returns a value.
        sizes: ``(m,)`` how large each input is to look at.
        allowance: Questions that are to suffice, this one included; ``None`` for no such aim.
    """
    d = divisions(answers, weight=belief.weight)
    left = np.asarray(open_columns, dtype=bool) & (d.n_answers > 1)
    if not left.any():
        return None
    if allowance is not None:
        late = np.array([questions_enough(int(b)) > allowance for b in d.worst])
        left = left & ~late if (left & ~late).any() else left & (d.worst == d.worst[left].min())
    valid = belief.weight @ np.asarray(returns, dtype=np.float64) >= 0.5 * float(belief.weight.sum())
    left = left & valid if (left & valid).any() else left
    near = np.flatnonzero(left & (d.entropy >= _NEAR * d.entropy[left].max()))
    return int(near[np.argmin(np.asarray(sizes)[near])])
