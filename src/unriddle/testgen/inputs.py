"""Inputs for a function: boundary values, typed random values and changed copies of known inputs.

What a parameter takes is read from its annotation and from known inputs; constants in the programs' source are mixed
in (read, never executed). Not covered: inputs that must meet a condition (programs that reject one show ERROR there),
classes of the program, and keyword-only parameters (they keep their defaults).
"""

from __future__ import annotations

import ast
import copy
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from unriddle.errors import BadInput, BadProblem
from unriddle.language.python import literals
from unriddle.language.values import encode, key
from unriddle.problem import Parameter, Signature
from unriddle.testgen.draw import Pool, boundary, draw
from unriddle.testgen.kinds import ANY, Kind, fits, kind_of_annotation, kind_of_values, merge
from unriddle.testgen.mutate import mutate

__all__ = ["argument_kinds", "generate_inputs", "harvest"]

_TRIES = 40
"""Draws for each wanted input before it is taken that there are no more."""


def generate_inputs(
    signature: Signature,
    known: Sequence[tuple[Any, ...]],
    *,
    n: int,
    rng: np.random.Generator,
    sources: Sequence[str] = (),
    max_size: int = 12,
    special_floats: bool = False,
    extremes: bool = False,
) -> list[tuple[Any, ...]]:
    """At most ``n`` distinct argument tuples, none of them among the known; fewer when the kinds have no more values.

    Args:
        signature: The function's parameters.
        known: Argument tuples that are known to be good; they tell types and are changed a little to make new ones.
        n: How many are wanted.
        rng: Where randomness comes from; equal states give equal inputs.
        sources: Programs whose constants are mixed in; a source that cannot be read gives none.
        max_size: Largest size; containers hold at most that many items, and sizes grow from 1 on.
        special_floats: Infinities and NaN may be drawn.
        extremes: Numbers near the ends of machine words are among the boundary values; programs that count up to
            their argument never come back from those.

    Raises:
        BadInput: ``n`` is negative, or a known tuple has more arguments than the function takes.

    >>> from unriddle.problem import Parameter
    >>> f = Signature("f", (Parameter("flag", "bool"),))
    >>> sorted(generate_inputs(f, [], n=10, rng=np.random.default_rng(0)))
    [(False,), (True,)]
    """
    if n < 0 or max_size < 1:
        raise BadInput(f"generate_inputs: n must be 0 or more and max_size 1 or more, got n={n}, max_size={max_size}")
    kinds = argument_kinds(signature, known)
    seen = {_key(args) for args in known}
    found: list[tuple[Any, ...]] = []
    pool = harvest(sources)
    makers = [
        _edges(kinds, known, special_floats, extremes),
        _random(kinds, known, n, max_size, rng, pool, special_floats),
    ]
    wanted = [n // 3, n]
    for maker, upto in zip(makers, wanted, strict=True):
        tries = 0
        while len(found) < upto and tries < _TRIES * n + 200:
            tries += 1
            args = next(maker, None)
            if args is None:
                break
            name = _key(args)
            if name not in seen:
                seen.add(name)
                found.append(args)
    return copy.deepcopy(found)


def _key(args: tuple[Any, ...]) -> bytes:
    data = encode(args)
    return key(data) or data


def argument_kinds(signature: Signature, known: Sequence[tuple[Any, ...]]) -> tuple[Kind, ...]:
    """``(number of arguments,)``: what each positional argument takes; a ``*`` parameter takes as many as were known.

    Raises:
        BadInput: A known tuple has more arguments than the function takes.
    """
    plain, rest = _positional(signature.parameters)
    width = max((len(args) for args in known), default=len(plain) + (2 if rest else 0))
    if width > len(plain) and rest is None:
        raise BadInput(
            f"generate_inputs: {signature.name} takes {len(plain)} arguments, got a known input with {width}; "
            "correct the known inputs or the signature"
        )
    wanted = [*plain, *([rest] * width if rest else [])]
    if not known:
        wanted = [p for p in wanted if p is not None]
    kinds = []
    for i, parameter in enumerate(wanted[: width if known else None][: max(width, 0)]):
        values = [args[i] for args in known if len(args) > i]
        kinds.append(_kind(parameter, values) if parameter else kind_of_values(values))
    return tuple(kinds)


def _positional(parameters: Sequence[Parameter]) -> tuple[list[Parameter], Parameter | None]:
    """Parameters that take a place, and the one that takes the rest."""
    plain: list[Parameter] = []
    for parameter in parameters:
        if parameter.name == "*" or parameter.name.startswith("**"):
            return plain, None
        if parameter.name.startswith("*"):
            return plain, parameter
        if parameter.name != "/":
            plain.append(parameter)
    return plain, None


def _kind(parameter: Parameter, values: Sequence[Any]) -> Kind:
    """The annotation where it is definite and the known values agree with it; else what the values show."""
    told = kind_of_annotation(parameter.annotation)
    if not values and told == ANY and parameter.default:
        try:
            return merge([kind_of_values([ast.literal_eval(parameter.default)])])
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return ANY
    shown = kind_of_values(values)
    if not values or (not told.vague and all(fits(value, told) for value in values)):
        return told
    return shown if told.vague or shown.vague else merge([told, shown])


def harvest(sources: Sequence[str]) -> Pool:
    """The constants written in the sources, by kind name, in order of first appearance; nothing is executed.

    >>> harvest(["def f(x):\\n    return x[3] + 'ab'"])["int"]
    [3]
    """
    pool: dict[str, list[Any]] = {}
    seen: set[tuple[type, str]] = set()
    for source in sources:
        try:
            found = literals(source)
        except BadProblem:
            continue
        for value in found:
            mark = (type(value), _shown(value))
            if mark not in seen and type(value) in (int, float, str, bytes):
                seen.add(mark)
                pool.setdefault(type(value).__name__, []).append(value)
    return pool


def _shown(value: Any) -> str:
    return hex(value) if type(value) is int else repr(value)


def _edges(
    kinds: tuple[Kind, ...], known: Sequence[tuple[Any, ...]], special: bool, far: bool
) -> Iterator[tuple[Any, ...]]:
    """Boundary values: all parameters at once, then one at a time around a known (or the plainest) input."""
    edges = [boundary(kind, special=special, far=far) or [None] for kind in kinds]
    for i in range(max((len(e) for e in edges), default=1)):
        yield tuple(e[i % len(e)] for e in edges)
    base = known[0] if known else tuple(e[min(1, len(e) - 1)] for e in edges)
    for i, values in enumerate(edges[: len(base)]):
        for value in values:
            yield (*base[:i], value, *base[i + 1 :])


def _random(
    kinds: tuple[Kind, ...],
    known: Sequence[tuple[Any, ...]],
    n: int,
    max_size: int,
    rng: np.random.Generator,
    pool: Pool,
    special: bool,
) -> Iterator[tuple[Any, ...]]:
    """Random inputs of growing size, in turn with changed copies of the known and of what was made from them."""
    seeds = list(known)
    for i in range(_TRIES * n + 200):
        size = 1 + min(max_size - 1, (i * max_size) // max(n, 1))
        if seeds and rng.random() < 0.6:
            args = seeds[int(rng.integers(len(seeds)))]
            for _ in range(int(rng.integers(1, 4))):
                args = _changed(args, kinds, rng, pool)
            if len(seeds) < 1000:
                seeds.append(args)
            yield args
        else:
            size = int(rng.integers(1, size + 1))
            yield tuple(draw(kind, size=size, rng=rng, pool=pool, special=special) for kind in kinds)


def _changed(args: tuple[Any, ...], kinds: tuple[Kind, ...], rng: np.random.Generator, pool: Pool) -> tuple[Any, ...]:
    if not args:
        return args
    place = int(rng.integers(len(args)))
    return (*args[:place], mutate(args[place], rng=rng, pool=pool, kind=kinds[place]), *args[place + 1 :])
