"""Playing many episodes at once: a hidden hypothesis, noisy answers, and the loss at the end.

Part of ``unriddle.methods.active_learning``. Not covered: training (``_mapo_train``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.methods._mapo_questions import Play, Questions

__all__ = ["Episodes", "draw_rows", "play_out", "soft_loss"]

_Floats = npt.NDArray[np.float64]
_Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Episodes:
    """``b`` finished plays.

    Attributes:
        play: What they came to.
        asked: ``(b, t)`` queries.
        wrong: ``(b, t)`` whether the answer was a wrong one.
        loss: ``(b,)`` expected loss of the hypothesis returned (ties are averaged, not drawn).
    """

    play: Play
    asked: _Ints
    wrong: npt.NDArray[np.bool_]
    loss: _Floats


def play_out(
    questions: Questions,
    chances: Callable[[Play], npt.NDArray[np.floating]],
    *,
    hypothesis: _Ints,
    noise: _Floats,
    n_questions: int,
    rng: np.random.Generator,
) -> Episodes:
    """Episodes in which hypothesis ``(b,)`` is true and answers are wrong with chance ``noise`` ``(b,)``."""
    b = hypothesis.size
    play = Play.begin(questions, b=b, n_questions=n_questions)
    asked = np.empty((b, n_questions), np.int64)
    wrong = np.zeros((b, n_questions), np.bool_)
    for t in range(n_questions):
        query = draw_rows(chances(play), rng)
        kinds = questions.n_answers[query]
        flipped = (rng.random(b) < noise) & (kinds > 1)
        shift = 1 + (rng.random(b) * (kinds - 1)).astype(np.int64)
        right = questions.answers[hypothesis, query]
        play.add(query, np.where(flipped, (right + shift) % kinds, right))
        asked[:, t], wrong[:, t] = query, flipped
    returned = play.likeliest()
    return Episodes(play, asked, wrong, (returned * questions.loss[:, hypothesis].T).sum(axis=1))


def soft_loss(play: Play, hypothesis: _Ints, *, sharpness: float) -> _Floats:
    """``(b,)`` loss of returning each hypothesis with chance proportional to its likelihood to the ``sharpness``."""
    score = sharpness * play.log_likelihood()
    weight = np.exp(score - score.max(axis=1, keepdims=True))
    weight /= weight.sum(axis=1, keepdims=True)
    return np.asarray((weight * play.questions.loss[:, hypothesis].T).sum(axis=1))


def draw_rows(chances: npt.NDArray[np.floating], rng: np.random.Generator) -> _Ints:
    """One column number per row, drawn with the chances of the row (they need not be normalised)."""
    total = chances.cumsum(axis=1)
    picked = (total < rng.random((total.shape[0], 1)) * total[:, -1:]).sum(axis=1)
    return np.asarray(np.minimum(picked, total.shape[1] - 1), np.int64)
