"""A language model whose probabilities are known: a grammar of small Python functions that is unsure here and there.

For every choice of the grammar a problem draws how sure the model is. The model writes its favourite at each choice
(greedy decoding) and its tokens carry the exact log-probabilities of the choices; the target is drawn from the same
probabilities, so the model errs exactly as often as it says. Part of ``unriddle.lab.pac_prediction_sets``.
Not covered: meaning; the programs are well formed, not useful.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from unriddle.lm.base import Completion

__all__ = ["Pair", "draw_pair"]

_NAMES = ("x", "y", "n")
_LISTS = ("xs", "ys")
_OPERATORS = ("+", "-", "*", "//", "%")
_COMPARED = ("<", ">", "==", "!=")
_CALLS = ("max", "min", "pow")
_TOTALS = ("sum", "len", "max", "min")
_LEAVES = ("name", "number")
_INNER = ("binary", "call", "index", "total", "choice")

Tokens = list[tuple[str, float]]
Both = tuple[Tokens, str]


@dataclass(frozen=True, slots=True)
class Pair:
    """What the model wrote, and what was right.

    Attributes:
        completion: The model's greedy program with its tokens.
        target: The right program.
    """

    completion: Completion
    target: str


def draw_pair(rng: np.random.Generator, *, sure: float = 0.8, max_depth: int = 3) -> Pair:
    """One problem: the model's program, and the right one drawn from the model's own probabilities.

    Args:
        rng: Draws the problem.
        sure: Share of choices at which the model's favourite has more than 97 % (elsewhere it is drawn at random).
        max_depth: Depth of the expressions.
    """
    tokens, target = _Grammar(rng, sure, max_depth).function()
    text = "".join(text for text, _ in tokens)
    values = tuple(value for _, value in tokens)
    names = tuple(text for text, _ in tokens)
    return Pair(
        Completion(
            text,
            completion_tokens=len(tokens),
            logprob=math.fsum(values),
            token_logprobs=values,
            tokens=names,
        ),
        target,
    )


class _Grammar:
    """Writes the model's program and the target side by side; they part where the target draws another choice."""

    def __init__(self, rng: np.random.Generator, sure: float, max_depth: int) -> None:
        self._rng, self._sure, self._max_depth = rng, sure, max_depth

    def function(self) -> Both:
        """A whole function."""
        tokens: Tokens = [("def f(x, y, n, xs, ys):\n", 0.0)]
        wanted = tokens[0][0]
        model, truth, value = self._pick(("none", "a", "a, b"))
        shared = ("none", "a", "a, b").index(model), ("none", "a", "a, b").index(truth)
        for i in range(max(shared)):
            line, target = self._line(f"{'ab'[i]} = ", value if i == 0 else 0.0)
            tokens += line if i < shared[0] else []
            wanted += target if i < shared[1] else ""
        line, target = self._line("return ", value if model == "none" else 0.0)
        return tokens + line, wanted + target

    def _line(self, head: str, value: float) -> Both:
        tokens, target = self._expression(0)
        return [(f"    {head}", value), *tokens, ("\n", 0.0)], f"    {head}{target}\n"

    def _expression(self, depth: int) -> Both:
        kinds = _LEAVES if depth >= self._max_depth else (*_LEAVES, *_INNER)
        model, truth, value = self._pick(kinds)
        tokens, target = self._build(model, value, depth)
        return (tokens, target) if model == truth else (tokens, self._build(truth, 0.0, depth)[1])

    def _build(self, kind: str, value: float, depth: int) -> Both:
        """Both programs below one choice; ``value`` is the choice's own log-probability."""
        if kind in _LEAVES:
            model, truth, own = self._pick(_NAMES if kind == "name" else tuple("0123"))
            return [(model, value + own)], truth
        if kind == "binary":
            return self._joined(_OPERATORS, value, depth)
        if kind == "choice":
            (left, left_t), (test, test_t) = self._expression(depth + 1), self._joined(_COMPARED, 0.0, depth)
            right, right_t = self._expression(depth + 1)
            tokens = [("(", value), *left, (" if ", 0.0), *test, (" else ", 0.0), *right, (")", 0.0)]
            return tokens, f"({left_t} if {test_t} else {right_t})"
        if kind == "index":
            model, truth, own = self._pick(_LISTS)
            inner, inner_t = self._expression(depth + 1)
            return [(model, own), ("[", value), *inner, ("]", 0.0)], f"{truth}[{inner_t}]"
        if kind == "total":
            model, truth, own = self._pick(_TOTALS)
            of, of_t, of_own = self._pick(_LISTS)
            return [(model, own), ("(", value), (of, of_own), (")", 0.0)], f"{truth}({of_t})"
        model, truth, own = self._pick(_CALLS)
        (left, left_t), (right, right_t) = self._expression(depth + 1), self._expression(depth + 1)
        tokens = [(model, own), ("(", value), *left, (", ", 0.0), *right, (")", 0.0)]
        return tokens, f"{truth}({left_t}, {right_t})"

    def _joined(self, operators: tuple[str, ...], value: float, depth: int) -> Both:
        left, left_t = self._expression(depth + 1)
        model, truth, own = self._pick(operators)
        right, right_t = self._expression(depth + 1)
        tokens = [("(", 0.0), *left, (f" {model} ", value + own), *right, (")", 0.0)]
        return tokens, f"({left_t} {truth} {right_t})"

    def _pick(self, options: tuple[str, ...]) -> tuple[str, str, float]:
        """The model's favourite, a draw from its probabilities, and the favourite's log-probability."""
        rng, n = self._rng, len(options)
        chances = rng.dirichlet(np.ones(n))
        if rng.random() < self._sure:
            chances = np.where(np.arange(n) == rng.integers(n), 1.0, 0.0) * 0.97 + 0.03 * chances
        favourite = int(chances.argmax())
        return options[favourite], options[int(rng.choice(n, p=chances))], math.log(chances[favourite])
