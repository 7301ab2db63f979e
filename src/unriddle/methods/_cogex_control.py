"""Whether an emulator heeds the program it is given: the same inputs again, each with another program.

Not covered: which part of a program was heeded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import paired_bootstrap
from unriddle.errors import BadInput, BadShape
from unriddle.methods._cogex_emulate import Emulator, Labelled, Metric, answers_of, exact
from unriddle.methods._cogex_prompt import PseudoProgram, as_text

__all__ = ["ShuffleControl", "shuffle_control"]


@dataclass(frozen=True, slots=True)
class ShuffleControl:
    """What an emulator scores with the right programs and with other ones.

    Attributes:
        own: Mean score with each example's own program.
        shuffled: Mean score with another program in its place; the wanted answers stay.
        drop: ``own - shuffled``.
        low: Lower end of the 95 % interval of the drop, over examples.
        high: Upper end.
        same: Share of examples with the same answer (or none) from both programs.
        n: Examples.
    """

    own: float
    shuffled: float
    drop: float
    low: float
    high: float
    same: float
    n: int

    @property
    def heeded(self) -> bool:
        """Whether the drop is above zero beyond its interval; if not, nothing shows that programs matter."""
        return self.low > 0


def shuffle_control(
    programs: Sequence[PseudoProgram],
    data: Sequence[Labelled],
    *,
    emulate: Emulator,
    pool: Sequence[PseudoProgram],
    rng: np.random.Generator,
    metric: Metric = exact,
) -> ShuffleControl:
    """What is lost when each example's program is replaced by another one: nothing, where programs are decoration.

    Other programs may be right too, so a faithful emulator keeps part of its score: what it keeps is found by
    giving ``run_emulator`` the same programs, data, pool and ``rng`` of the same seed. Programs of another task may
    fail on the inputs of this one; take those of the same task for the sharper control.

    Args:
        programs: ``(m,)`` the program of each example; ``[program] * m`` for a single one.
        data: ``(m,)`` labelled examples.
        emulate: The emulator that is questioned; every example is emulated twice.
        pool: The programs that take their places; one per example is drawn among those with another source.
        rng: Draws them, and the interval.
        metric: Of an answer and the wanted one, higher is better.

    Raises:
        BadInput: There is no example, or no other program for one; the emulator gave a wrong number of answers.
        BadShape: There is not one program for each example.
    """
    if len(programs) != len(data):
        raise BadShape(f"shuffle_control: {len(programs)} programs for {len(data)} examples; give one for each example")
    if not data:
        raise BadInput("shuffle_control: no examples; give at least one")
    others = {one.source: one for one in pool}
    replaced = []
    for program in programs:
        choices = [source for source in others if source != program.source]
        if not choices:
            raise BadInput(f"shuffle_control: the pool holds no other program than {program.entry}; add some")
        replaced.append(others[choices[int(rng.integers(len(choices)))]])
    own, own_texts = _scored(programs, data, emulate, metric)
    shuffled, shuffled_texts = _scored(replaced, data, emulate, metric)
    drop = paired_bootstrap(own, shuffled, rng=rng)
    same = float(np.mean([a == b for a, b in zip(own_texts, shuffled_texts, strict=True)]))
    return ShuffleControl(
        float(own.mean()), float(shuffled.mean()), drop["value"], drop["low"], drop["high"], same, len(data)
    )


def _scored(
    programs: Sequence[PseudoProgram], data: Sequence[Labelled], emulate: Emulator, metric: Metric
) -> tuple[npt.NDArray[np.float64], list[str | None]]:
    """``(m,)`` scores and the answers as text; each program is given all its inputs at once."""
    places: dict[str, list[int]] = {}
    for j, program in enumerate(programs):
        places.setdefault(program.source, []).append(j)
    scores, texts = np.zeros(len(data)), list[str | None]([None] * len(data))
    for of in places.values():
        answers = answers_of(emulate, programs[of[0]], [data[j][0] for j in of])
        for j, answer in zip(of, answers, strict=True):
            scores[j] = metric(answer, data[j][1])
            texts[j] = None if answer is None else as_text(answer)
    return scores, texts
