"""Stand-ins for a language model in the experiments of chain_of_code: one knows, one errs at a known rate.

They serve the lines of the counting programs in ``_coc_templates`` only. Not covered: errors that depend on the word.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from math import comb
from typing import Any

import numpy as np

from unriddle.execute.holes import Hole
from unriddle.lab._coc_templates import Counting
from unriddle.lab._coc_words import is_kind
from unriddle.lm.base import Completion, Prompt, SampleOptions

__all__ = ["NoisyModel", "Oracle", "chance_right", "law_interval"]

_ASKED = re.compile(r"state: (?P<state>.*)\nline: (?P<line>.*)\nchanged:\Z")


def chance_right(n_right: int, n_wrong: int, error: float) -> float:
    """The chance that a count of ``n_right`` among ``n_wrong`` others is right, when each judgement errs alone.

    Errors of opposite sign cancel, so it is at least ``(1 - error) ** (n_right + n_wrong)``.

    >>> round(chance_right(1, 1, 0.1), 6)
    0.82
    """
    n = n_right + n_wrong
    ways = (comb(n_right, j) * comb(n_wrong, j) * error ** (2 * j) * (1 - error) ** (n - 2 * j) for j in range(n + 1))
    return float(sum(ways))


def law_interval(chances: Sequence[float], *, level: float = 0.95) -> tuple[int, int]:
    """The numbers of successes between which independent trials with these chances end, by enumeration.

    Below the first and above the second lie at most ``(1 - level) / 2`` each.

    >>> law_interval([0.5] * 4)
    (0, 4)
    """
    ways = np.ones(1)
    for chance in chances:
        ways = np.convolve(ways, [1 - chance, chance])
    upto, outside = ways.cumsum(), (1 - level) / 2
    return int(np.searchsorted(upto, outside, side="right")), int(np.searchsorted(upto, 1 - outside))


def changes(line: str, state: Mapping[str, Any], judge: Any) -> dict[str, Any] | None:
    """What a line of a counting program changes, by a judge of things; ``None`` for any other line."""
    kind = state.get("kind")
    if line == "_value = is_kind(thing, kind)":
        return {"_value": judge(state["thing"], kind)}
    if line == "n += is_kind(thing, kind)":
        return {"n": state["n"] + judge(state["thing"], kind)}
    if line == "found = is_kind(left.pop(), kind)":
        return {"found": judge(state["left"][-1], kind), "left": state["left"][:-1]}
    if line == "answer = len([thing for thing in things if is_kind(thing, kind)])":
        return {"answer": sum(judge(thing, kind) for thing in state["things"])}
    return None


class Oracle:
    """Fills the holes of counting programs; every judgement errs with a given chance.

    Args:
        error: That chance.
        rng: Draws the errors.
    """

    def __init__(self, *, error: float = 0.0, rng: np.random.Generator | None = None) -> None:
        self._error, self._rng = error, rng

    def __call__(self, holes: Sequence[Hole]) -> list[Mapping[str, Any] | None]:
        """The changes of every hole."""
        return [changes(hole.source, hole.state, self.judge) for hole in holes]

    def judge(self, thing: str, kind: str) -> bool:
        """Whether a thing is of a kind, but for the error."""
        wrong = self._rng is not None and bool(self._rng.random() < self._error)
        return is_kind(thing, kind) != wrong


class NoisyModel:
    """A language model that takes every step right but for a given chance, whoever asks for the step.

    Asked for one line, it takes one step. Asked for a whole run or an answer, it judges each thing and adds each one
    up by itself, with the same chance of an error at each of the two.

    Args:
        problems: The questions it will see.
        error: The chance of an error of one step.
        rng: Draws the errors.
    """

    name = "noisy"

    def __init__(self, problems: Sequence[Counting], *, error: float, rng: np.random.Generator) -> None:
        self._problems = {one.question: one for one in problems}
        self._error, self._rng = error, rng
        self._oracle = Oracle(error=error, rng=rng)

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """One answer for each draw."""
        return [[Completion(self._answer(str(prompt))) for _ in range(n)] for prompt in prompts]

    def _answer(self, prompt: str) -> str:
        asked = _ASKED.search(prompt)
        if asked:
            return repr(changes(asked["line"], ast.literal_eval(asked["state"]), self._oracle.judge))
        question = prompt.rpartition("Q: ")[2].split("\n", 1)[0]
        one, total = self._problems[question], 0
        for thing in one.things:
            total += self._oracle.judge(thing, one.kind)
            total += self._rng.choice([-1, 1]) if self._rng.random() < self._error else 0
        return f" (by hand)\nA: {total}" if prompt.endswith("line:") else f" {total}"
