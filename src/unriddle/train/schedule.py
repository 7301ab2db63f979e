"""Learning rate by step: warm-up, then cosine, or stable and a decay at the end (WSD).

It is a function of the step and the planned number of steps, never of the clock, so that a run can go on anywhere.
"""

from __future__ import annotations

import math
from typing import Literal

from unriddle.errors import BadInput, shorten

__all__ = ["Schedule", "learning_rate"]

Schedule = Literal["cosine", "wsd", "constant"]

_DECAY = 0.2
"""The last share of a WSD run."""


def learning_rate(
    step: int, *, steps: int, peak: float, schedule: Schedule = "cosine", warmup: int = 0, floor: float = 0.0
) -> float:
    """The learning rate of one step, from 0.

    Args:
        step: Which one.
        steps: How many there are.
        peak: The highest.
        schedule: ``"cosine"``, ``"wsd"`` (constant, then linearly down in the last fifth) or ``"constant"``.
        warmup: Steps that rise linearly to ``peak``.
        floor: Share of ``peak`` at the end.

    Raises:
        BadInput: There is no such schedule.

    >>> [learning_rate(s, steps=4, peak=1.0, warmup=2, schedule="constant") for s in range(4)]
    [0.5, 1.0, 1.0, 1.0]
    """
    if schedule not in ("cosine", "wsd", "constant"):
        raise BadInput(f"learning_rate: schedule must be 'cosine', 'wsd' or 'constant', got {shorten(schedule)}")
    if step < warmup:
        return peak * (step + 1) / warmup
    if schedule == "constant":
        return peak
    if schedule == "cosine":
        done = (step - warmup) / max(1, steps - warmup)
        return peak * (floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * min(1.0, done))))
    left = (steps - step) / max(1.0, _DECAY * steps)
    return peak * (floor + (1 - floor) * min(1.0, max(0.0, left)))
