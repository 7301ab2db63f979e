"""Inputs on which two programs differ: variations of the examples' inputs, the simplest that tells them apart.

Not covered: a proof that two programs are equal; no input found means only that none was found.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from unriddle.errors import BadInput
from unriddle.grammar.smt import evaluate
from unriddle.grammar.sygus import SygusTask
from unriddle.grammar.term import BitVector, Term, Value

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Difference", "difference", "near_differences", "variations"]

Difference = tuple[tuple[Value, ...], Value | None, Value | None]
"""The arguments, the first program's value and the second's; ``None`` where it has none."""

_N_VARIATIONS = 400
_MAX_SHOWN = 300
_N_NEAR, _N_AGAIN = 120, 20


def difference(task: SygusTask, first: Term, second: Term, *, rng: np.random.Generator) -> Difference | None:
    """An input on which two programs differ, and their values there; ``None`` when none was found.

    Args:
        task: Where the programs' parameters and examples come from.
        first: One body.
        second: Another.
        rng: Chooses among variations.
    """
    for args in variations(task, rng=rng):
        values = _value(task, first, args), _value(task, second, args)
        if values[0] != values[1]:
            return args, *values
    return None


def near_differences(
    task: SygusTask, body: Term, others: Sequence[Term], *, n: int = _N_NEAR
) -> list[Difference | None]:
    """For each of the others as ``difference``, on inputs with one argument of an example changed, then two.

    No chance is in it, and nothing is loaded for it.

    Args:
        task: Where the programs' parameters and examples come from.
        body: The answer.
        others: Other programs.
        n: At most this many inputs.
    """
    known = {example.args for example in task.examples}
    inputs = dict.fromkeys(args for args in _changes(task) if args not in known)
    first = [(args, _value(task, body, args)) for args in itertools.islice(inputs, n)] if others else []
    found: list[Difference | None] = []
    for other in others:
        values = ((args, value, _value(task, other, args)) for args, value in first)
        found.append(next((one for one in values if one[1] != one[2]), None))
    return found


def _changes(task: SygusTask) -> Iterator[tuple[Value, ...]]:
    """Inputs with one change, then some with one change more."""
    once = list(dict.fromkeys(_one_change(task)))
    yield from once
    for base in once[:_N_AGAIN]:
        for place, value in enumerate(base):
            for other in _near(value):
                yield (*base[:place], other, *base[place + 1 :])


def _one_change(task: SygusTask) -> Iterator[tuple[Value, ...]]:
    """Arguments of the shortest examples with one of them varied."""
    columns = [list(dict.fromkeys(args)) for args in zip(*(e.args for e in task.examples), strict=True)]
    bases = sorted({example.args for example in task.examples}, key=lambda args: (len(str(args)), str(args)))
    for base in bases[:8]:
        for place, value in enumerate(base):
            for other in [*_near(value), *columns[place][:8]]:
                yield (*base[:place], other, *base[place + 1 :])


def variations(task: SygusTask, *, rng: np.random.Generator, n: int = _N_VARIATIONS) -> list[tuple[Value, ...]]:
    """``n`` tuples of arguments near the examples', few changes first, none of them an example's.

    Args:
        task: One function and its examples.
        rng: Where chance comes from.
        n: At most this many.
    """
    known = {example.args for example in task.examples}
    columns = [list(dict.fromkeys(args)) for args in zip(*(e.args for e in task.examples), strict=True)]
    made: dict[tuple[Value, ...], None] = dict.fromkeys(_one_change(task))
    pool = [*made]
    for _ in range(8 * n if pool else 0):
        varied = list(pool[int(rng.integers(len(pool)))])
        for place in range(len(varied)):
            options = [*_near(varied[place]), columns[place][int(rng.integers(len(columns[place])))]]
            varied[place] = options[int(rng.integers(len(options)))]
        if tuple(varied) not in made and len(str(varied)) < _MAX_SHOWN:
            made[tuple(varied)] = None
            pool.append(tuple(varied))
    fresh = [args for args in made if args not in known]
    return fresh[:n]


def _value(task: SygusTask, body: Term, args: Sequence[Value]) -> Value | None:
    names = [name for name, _ in task.functions[0].parameters]
    try:
        return evaluate(body, dict(zip(names, args, strict=True)), definitions=task.definitions)
    except BadInput:
        return None


def _near(value: Value) -> Iterator[Value]:
    """Values like this one."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1, -value, 2 * value, 0)
    elif isinstance(value, BitVector):
        mask = (1 << value.width) - 1
        numbers = (value.value ^ 1, value.value ^ (1 << (value.width - 1)), (value.value + 1) & mask, 0, mask)
        yield from (BitVector(number, value.width) for number in numbers)
    else:
        yield from _near_text(value)


def _near_text(text: str) -> Iterator[str]:
    words = text.split(" ")
    half = len(text) // 2
    yield from (text + text[-1:], text[1:], text[:-1], text[:1] + text)
    yield from (" ".join(words[:-1]), " ".join(words[1:]), " ".join([*words, words[-1]]), " ".join(reversed(words)))
    yield from (text[:half] + text[half + 1 :], text.swapcase(), f"{text} {text}", text.replace(" ", ""), "")
    yield from (text.replace(mark, mark * 2) for mark in sorted({c for c in text if not c.isalnum()})[:6])
    yield "".join(str((int(c) + 1) % 10) if c.isascii() and c.isdigit() else c for c in text)
