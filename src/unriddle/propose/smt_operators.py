"""SMT-LIB operators for the enumeration: quick functions on values, and array forms where values are their own codes.

What a finished program means is checked elsewhere (``grammar.smt``), which shares nothing with this file.
numpy is loaded by the array forms only when they run, since many files are solved without it.
Not covered: operators with more than three arguments.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from unriddle.grammar.expand import expanded_size
from unriddle.grammar.smt import NAMES, Definitions, evaluate
from unriddle.grammar.term import Term, literal

__all__ = ["Meaning", "meaning"]

_MAX_COMPILED = 300


@dataclass(frozen=True, slots=True)
class Meaning:
    """How an operator is computed; the fields are those of ``Operator``."""

    function: Callable[..., Any]
    array: Callable[..., Any] | None = None
    bound: Callable[..., int] | None = None
    total: bool = True
    relevant: Callable[..., bool] | None = None
    idle: bool = False
    partial: Callable[[Any, Any], Any] | None = None
    table: Callable[[list[Any], list[Any]], list[Any]] | None = None


def meaning(name: str, n_args: int, sorts: tuple[str, ...], *, definitions: Definitions | None = None) -> Meaning:
    """How to compute an operator on arguments of these sorts.

    Args:
        name: The operator, older names included.
        n_args: How many arguments it has here.
        sorts: Their sorts.
        definitions: Functions of the file.
    """
    definitions = definitions or {}
    plain = NAMES.get(name, name)
    if name in definitions:
        names, body = definitions[name]
        small = expanded_size(body, definitions, limit=_MAX_COMPILED) <= _MAX_COMPILED
        array = _compiled(body, names, dict(zip(names, sorts, strict=True)), definitions) if small else None
        return Meaning(_by_evaluation(Term(name, ()), definitions), array, total=False)
    if (plain, n_args) in _MEANINGS:
        return _MEANINGS[plain, n_args]
    if sorts and sorts[0].startswith("(_ BitVec") and n_args == (1 if plain in ("bvnot", "bvneg") else 2):
        from unriddle.propose.smt_bits import bit_array

        return Meaning(_by_evaluation(Term(name, ()), definitions), bit_array(plain, _width(sorts[0])), total=False)
    return Meaning(_by_evaluation(Term(name, ()), definitions), total=False)


def _by_evaluation(head: Term, definitions: Definitions) -> Callable[..., Any]:
    """The operator's meaning by the evaluator, for everything that is rare."""
    return lambda *args: evaluate(Term(head.head, tuple(map(literal, args))), {}, definitions=definitions)


def _width(sort: str) -> int:
    return int(sort.removeprefix("(_ BitVec ").removesuffix(")"))


def _compiled(
    body: Term, names: tuple[str, ...], sorts: dict[str, str], definitions: Definitions
) -> Callable[..., Any] | None:
    """The array form of a function of the file, from the array forms of what it uses; ``None`` if one has none."""
    vectors = {sort for sort in sorts.values() if sort.startswith("(_ BitVec")}
    if len(vectors) != 1 or _width(vector := next(iter(vectors))) > 64:
        return None
    from unriddle.propose.smt_bits import signed

    if body.value is not None:
        value: Any = getattr(body.value, "value", body.value)
        if isinstance(value, str) or body.sort not in (vector, "Bool"):
            return None
        constant = signed(value) if body.sort == vector else value
        return lambda *args: constant
    if not body.args and body.head not in names:
        return None
    if not body.args:
        place = names.index(body.head)
        return lambda *args: args[place]
    inner = [_compiled(arg, names, sorts, definitions) for arg in body.args]
    outer = meaning(body.head, len(body.args), (vector,) * len(body.args), definitions=definitions)
    if outer.array is None or outer.bound is not None or any(part is None for part in inner):
        return None
    array = outer.array
    return lambda *args: array(*(part(*args) for part in inner if part is not None))


def _euclid(a: int, b: int) -> int:
    return a // b if b > 0 else -(a // -b)


def _array_div(a: Any, b: Any) -> Any:
    import numpy as np

    from unriddle.propose.values import FAIL

    safe = np.where(b == 0, 1, np.abs(b))
    return np.where(b == 0, FAIL, np.where(b > 0, a // safe, -(a // safe)))


def _array_mod(a: Any, b: Any) -> Any:
    import numpy as np

    from unriddle.propose.values import FAIL

    return np.where(b == 0, FAIL, a % np.where(b == 0, 1, np.abs(b)))


def _array_ite(c: Any, a: Any, b: Any) -> Any:
    import numpy as np

    return np.where(c.astype(bool), a, b)


def _find(s: str, t: str, i: int) -> int:
    return s.find(t, i) if 0 <= i <= len(s) else -1


def _occurrences(s: str, t: str) -> tuple[int, ...]:
    """Where ``t`` begins in ``s``, overlapping ones too; last the length of ``s``."""
    places, at = [], s.find(t)
    while at >= 0:
        places.append(at)
        at = s.find(t, at + 1) if at < len(s) else -1
    return (*places, len(s))


def _next(places: tuple[int, ...], start: int) -> int:
    """The first place at or after the start; −1 when there is none or the start is outside."""
    if start < 0 or start > places[-1]:
        return -1
    at = bisect.bisect_left(places, start, 0, len(places) - 1)
    return places[at] if at < len(places) - 1 else -1


def _number(s: str) -> int:
    return int(s) if s.isascii() and s.isdigit() and len(s) < 1000 else -1


_COMPARE_TEXT: dict[tuple[str, int], Meaning] = {
    ("str.prefixof", 2): Meaning(lambda t, s: s.startswith(t), idle=True),
    ("str.suffixof", 2): Meaning(lambda t, s: s.endswith(t), idle=True),
    ("str.contains", 2): Meaning(lambda s, t: t in s, idle=True),
    ("str.<", 2): Meaning(lambda a, b: a < b, idle=True),
    ("str.<=", 2): Meaning(lambda a, b: a <= b, idle=True),
    ("str.is_digit", 1): Meaning(lambda s: len(s) == 1 and s.isascii() and s.isdigit()),
}

_TEXT: dict[tuple[str, int], Meaning] = {
    ("str.++", 2): Meaning(lambda a, b: a + b, table=lambda xs, ys: [x + y for x in xs for y in ys]),
    ("str.++", 3): Meaning(lambda a, b, c: a + b + c),
    ("str.len", 1): Meaning(len),
    ("str.at", 2): Meaning(lambda s, i: s[i : i + 1] if i >= 0 else ""),
    ("str.substr", 3): Meaning(
        lambda s, i, n: s[i : i + n] if i >= 0 < n else "",
        relevant=lambda s, i: 0 <= i < len(s),
        partial=lambda s, i: s[i:] if i >= 0 else "",
        table=lambda tails, sizes: [tail[:n] if n > 0 else "" for tail in tails for n in sizes],
    ),
    ("str.indexof", 3): Meaning(
        _find,
        relevant=lambda s, t: t != "" and t in s,
        partial=_occurrences,
        table=lambda all_places, starts: [_next(places, i) for places in all_places for i in starts],
    ),
    ("str.replace", 3): Meaning(
        lambda s, t, u: s.replace(t, u, 1),
        relevant=lambda s, t: t != "" and t in s,
        partial=lambda s, t: (s[: s.find(t)], s[s.find(t) + len(t) :]) if t in s else (s, None),
        table=lambda ends, news: [a if b is None else a + u + b for a, b in ends for u in news],
    ),
    ("str.replace_all", 3): Meaning(
        lambda s, t, u: s.replace(t, u) if t else s, total=False, relevant=lambda s, t: t != "" and t in s
    ),
    ("str.from_int", 1): Meaning(lambda n: str(n) if n >= 0 else "", total=False),
    ("str.to_int", 1): Meaning(_number, total=False),
}

_NUMBERS: dict[tuple[str, int], Meaning] = {
    ("+", 2): Meaning(lambda a, b: a + b, lambda a, b: a + b, lambda a, b: a + b, total=False),
    ("-", 2): Meaning(lambda a, b: a - b, lambda a, b: a - b, lambda a, b: a + b, total=False, idle=True),
    ("*", 2): Meaning(lambda a, b: a * b, lambda a, b: a * b, lambda a, b: a * b, total=False),
    ("-", 1): Meaning(lambda a: -a, lambda a: -a, lambda a: a),
    ("abs", 1): Meaning(abs, abs, lambda a: a),
    ("div", 2): Meaning(_euclid, _array_div, lambda a, b: a, total=False, idle=True),
    ("mod", 2): Meaning(
        lambda a, b: a % abs(b),
        _array_mod,
        lambda a, b: max(a, b),
        total=False,
        idle=True,
    ),
    ("<", 2): Meaning(lambda a, b: a < b, lambda a, b: a < b, max, idle=True),
    ("<=", 2): Meaning(lambda a, b: a <= b, lambda a, b: a <= b, max, idle=True),
    (">", 2): Meaning(lambda a, b: a > b, lambda a, b: a > b, max, idle=True),
    (">=", 2): Meaning(lambda a, b: a >= b, lambda a, b: a >= b, max, idle=True),
}

_LOGIC: dict[tuple[str, int], Meaning] = {
    ("=", 2): Meaning(lambda a, b: a == b, lambda a, b: a == b, idle=True),
    ("distinct", 2): Meaning(lambda a, b: a != b, lambda a, b: a != b, idle=True),
    ("not", 1): Meaning(lambda a: not a, lambda a: 1 - a),
    ("and", 2): Meaning(lambda a, b: a and b, lambda a, b: a & b, idle=True),
    ("or", 2): Meaning(lambda a, b: a or b, lambda a, b: a | b, idle=True),
    ("xor", 2): Meaning(lambda a, b: a != b, lambda a, b: a ^ b, idle=True),
    ("=>", 2): Meaning(lambda a, b: not a or b, lambda a, b: (1 - a) | b, idle=True),
    ("ite", 3): Meaning(lambda c, a, b: a if c else b, _array_ite),
}

_MEANINGS = {**_COMPARE_TEXT, **_TEXT, **_NUMBERS, **_LOGIC}
