"""A listener and a speaker for regular expressions that need no training.

The listener knows a pool of expressions and names some that agree with the examples; the speaker draws strings that
the target accepts, near misses of them, and strings of other expressions. Not covered: learned ones
(``unriddle.methods._regex_model``).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from unriddle.language.regex import Regex, Strings, full_match
from unriddle.methods._regex_domain import RegexPool, draw_string, near_miss
from unriddle.methods.pragmatic_examples import Example

__all__ = ["PoolListener", "StringSpeaker", "consistent", "label", "proposals"]

_Bools = npt.NDArray[np.bool_]


def consistent(programs: Sequence[Regex], examples: Sequence[Example]) -> _Bools:
    """``(n, m)``: which expressions agree with which examples."""
    strings = Strings.of([text for text, _ in examples])
    labels = np.array([sign for _, sign in examples], np.bool_)
    rows = [full_match(program, strings) == labels for program in programs]
    return np.array(rows, np.bool_).reshape(len(programs), len(examples))


def label(target: Regex, texts: Sequence[str]) -> list[Example]:
    """The strings as true examples of the target."""
    return list(zip(texts, full_match(target, Strings.of(texts)).tolist(), strict=True))


def proposals(target: Regex, others: Sequence[Regex], k: int, *, rng: np.random.Generator) -> list[str]:
    """``k`` strings worth saying: a third accepted, a third near misses of these, a third of the other expressions."""
    third = -(-k // 3)
    accepted = [draw_string(target, rng) for _ in range(third)]
    missed = [near_miss(accepted[int(rng.integers(third))], rng) for _ in range(third)]
    foreign = [draw_string(others[int(rng.integers(len(others)))], rng) for _ in range(third)] if others else []
    return [text[:15] for text in (*accepted, *missed, *foreign)][:k]


class PoolListener:
    """Names expressions of the pool that agree with the examples, at random."""

    def __init__(self, pool: RegexPool, *, rng: np.random.Generator) -> None:
        self._pool = pool
        self._rng = rng
        self._columns: dict[str, _Bools] = {}

    def accepts(self, texts: Sequence[str]) -> _Bools:
        """``(n, m)``: which expressions of the pool accept which strings; each string is matched once."""
        new = [text for text in dict.fromkeys(texts) if text not in self._columns]
        if new:
            table = self._pool.matches(new)
            self._columns.update({text: table[:, j] for j, text in enumerate(new)})
        columns = [self._columns[text] for text in texts]
        return np.array(columns, np.bool_).reshape(len(columns), len(self._pool.regexes)).T

    def alive(self, spec: Sequence[Example]) -> _Bools:
        """``(n,)``: the expressions of the pool that agree with the examples."""
        signs = np.array([sign for _, sign in spec], np.bool_)
        return np.asarray((self.accepts([text for text, _ in spec]) == signs).all(axis=1), dtype=np.bool_)

    def programs(self, specs: Sequence[Sequence[Example]], k: int) -> list[list[Regex]]:
        """At most ``k`` consistent expressions for each list of examples."""
        self.accepts([text for spec in specs for text, _ in spec])
        out = []
        for spec in specs:
            rows = np.flatnonzero(self.alive(spec))
            chosen = self._rng.choice(rows, size=min(k, len(rows)), replace=False)
            out.append([self._pool.regexes[int(i)] for i in chosen])
        return out


class StringSpeaker:
    """Proposes strings, see ``proposals``, with their true labels."""

    def __init__(self, pool: RegexPool, *, rng: np.random.Generator) -> None:
        self._pool = pool
        self._rng = rng

    def examples(self, targets: Sequence[Regex], specs: Sequence[Sequence[Example]], k: int) -> list[list[Example]]:
        """At most ``k`` true examples for each target."""
        return [label(target, proposals(target, self._pool.regexes, k, rng=self._rng)) for target in targets]
