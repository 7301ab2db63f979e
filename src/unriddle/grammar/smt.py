"""The meaning of SMT-LIB terms over strings, integers, booleans and bit-vectors, one value at a time.

It is written for reading against the standard, apart from the search's own operators, so that it can check them.
``str.to.int``, ``int.to.str`` and the like are the older names of ``str.to_int`` and ``str.from_int``.
Not covered: regular expressions, reals, arrays. Division by zero has no value for integers (the standard leaves it
open) and the standard's value for bit-vectors; nor have terms whose evaluation takes too many steps or makes something
too large, as a file of a few lines can ask for.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any

from unriddle.errors import BadInput, Unsupported, shorten
from unriddle.grammar.term import BitVector, Term, Value

__all__ = ["NAMES", "Definitions", "evaluate", "known"]

Definitions = Mapping[str, tuple[tuple[str, ...], Term]]
"""Functions by name: their parameters and body."""

NAMES = {
    "str.to.int": "str.to_int", "int.to.str": "str.from_int", "str.in.re": "str.in_re", "str.to.re": "str.to_re",
    "str.from-int": "str.from_int", "str.to-int": "str.to_int", "int2str": "str.from_int", "str.replaceall":
    "str.replace_all", "str.tolower": "str.to_lower", "str.toupper": "str.to_upper",
}  # fmt: skip
"""Older names of operators, and the standard's."""

_CHARACTERS = 0x30000
_MAX_STEPS, _MAX_LENGTH, _MAX_BITS, _MAX_WIDTH = 100_000, 100_000, 13_000, 65_536


def evaluate(term: Term, values: Mapping[str, Value], *, definitions: Definitions | None = None) -> Value:
    """The value of a term.

    Args:
        term: What to evaluate.
        values: The variables' values.
        definitions: Functions the term may use besides the theories'.

    Raises:
        BadInput: A variable has no value, an integer is divided by zero, or an operator got arguments it does not take.
        Unsupported: An operator is not known.

    >>> from unriddle.grammar.term import literal
    >>> evaluate(Term("str.at", (Term("x"), literal(7))), {"x": "abc"})
    ''
    """
    try:
        return _value(term, values, definitions or {}, [_MAX_STEPS])
    except RecursionError:
        raise BadInput("evaluate: the term or the functions it uses are nested too deeply") from None


def _value(term: Term, values: Mapping[str, Value], definitions: Definitions, left: list[int]) -> Value:
    if term.value is not None:
        return term.value
    left[0] -= 1
    if left[0] < 0:
        raise BadInput(f"evaluate: it takes more than {_MAX_STEPS} steps")
    if not term.args and term.head in values:
        return values[term.head]
    if not term.args and term.head not in definitions:
        raise BadInput(f"evaluate: the variable {term.head} has no value")
    if term.head == "ite":
        chosen = term.args[1] if _value(term.args[0], values, definitions, left) is True else term.args[2]
        return _value(chosen, values, definitions, left)
    args = [_value(arg, values, definitions, left) for arg in term.args]
    if term.head in definitions:
        names, body = definitions[term.head]
        return _value(body, dict(zip(names, args, strict=True)), definitions, left)
    function = _function(term.head)
    try:
        return _checked(function(*args))
    except (TypeError, AttributeError, ArithmeticError, ValueError) as error:
        raise BadInput(f"evaluate: {shorten(term.head)} has no value for {shorten(args)}: {error}") from None


def _checked(value: Value) -> Value:
    """The value, if it is not too large."""
    if isinstance(value, str):
        size, limit = len(value), _MAX_LENGTH
    elif isinstance(value, BitVector):
        size, limit = value.width, _MAX_WIDTH
    else:
        size, limit = value.bit_length(), _MAX_BITS
    if size > limit:
        raise ValueError(f"the value is too large: {size} characters or bits, at most {limit} are kept")
    return value


def known(name: str) -> bool:
    """Whether an operator has a meaning here."""
    if name == "ite":
        return True
    try:
        _function(name)
    except Unsupported:
        return False
    return True


@functools.lru_cache(maxsize=512)
def _function(name: str) -> Callable[..., Value]:
    plain = NAMES.get(name, name)
    if plain in _OPERATORS:
        return _OPERATORS[plain]
    indexed = re.fullmatch(r"\(_ (\S+) ([0-9]{1,4})(?: ([0-9]{1,4}))?\)", name)
    if indexed and indexed[1] in _INDEXED:
        numbers = [int(n) for n in indexed.groups()[1:] if n is not None]
        make = _INDEXED[indexed[1]]
        return lambda *args: make(*numbers, *args)
    raise Unsupported(f"the operator {shorten(name)} is not known; strings, integers, booleans and bit-vectors are")


def _substr(s: str, i: int, n: int) -> str:
    if i < 0 or i >= len(s) or n <= 0:
        return ""
    return s[i : i + min(n, len(s) - i)]


def _indexof(s: str, t: str, i: int = 0) -> int:
    if i < 0 or i > len(s):
        return -1
    return s.find(t, i)


def _replace(s: str, t: str, u: str) -> str:
    at = s.find(t)
    return s if at < 0 else s[:at] + u + s[at + len(t) :]


def _replace_all(s: str, t: str, u: str) -> str:
    if len(s) + s.count(t) * len(u) > 2 * _MAX_LENGTH:
        raise ValueError("the value is too large")
    return s.replace(t, u) if t else s


def _to_int(s: str) -> int:
    return int(s) if s and all(c in "0123456789" for c in s) else -1


def _from_code(n: int) -> str:
    return chr(n) if 0 <= n < _CHARACTERS else ""


def _euclid(a: int, b: int) -> tuple[int, int]:
    """Quotient and remainder with ``0 <= remainder < |b|``, as SMT-LIB has it."""
    remainder = a % abs(b)
    return (a - remainder) // b, remainder


def _chain(holds: Callable[[Any, Any], bool]) -> Callable[..., bool]:
    return lambda *args: all(holds(a, b) for a, b in itertools.pairwise(args))


def _ascii(change: Callable[[str], str]) -> Callable[[str], str]:
    return lambda s: "".join(change(c) if c.isascii() else c for c in s)


def _boolean(value: Value) -> bool:
    if not isinstance(value, bool):
        raise TypeError("expected a Bool")
    return value


def _fold(combine: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    return lambda *args: functools.reduce(lambda a, b: _checked(combine(a, b)), args)


def _signed(v: BitVector) -> int:
    return v.value - (1 << v.width) if v.value >> (v.width - 1) else v.value


def _vector(value: int, width: int) -> BitVector:
    return BitVector(value & ((1 << width) - 1), width)


def _bits(combine: Callable[[int, int, int], int]) -> Callable[..., BitVector]:
    """A bit-vector operator from one on numbers (a, b, width)."""

    def apply(a: BitVector, b: BitVector) -> BitVector:
        if a.width != b.width:
            raise TypeError("expected bit-vectors of one width")
        return _vector(combine(a.value, b.value, a.width), a.width)

    return lambda *args: functools.reduce(apply, args)


def _towards_zero(a: int, b: int) -> int:
    quotient = abs(a) // abs(b)
    return quotient if (a < 0) == (b < 0) else -quotient


def _sdiv(a: BitVector, b: BitVector) -> BitVector:
    x, y = _signed(a), _signed(b)
    if y == 0:
        return _vector(1 if x < 0 else -1, a.width)
    return _vector(_towards_zero(x, y), a.width)


def _srem(a: BitVector, b: BitVector) -> BitVector:
    x, y = _signed(a), _signed(b)
    return a if y == 0 else _vector(x - y * _towards_zero(x, y), a.width)


def _smod(a: BitVector, b: BitVector) -> BitVector:
    x, y = _signed(a), _signed(b)
    return a if y == 0 else _vector(x % y, a.width)


def _compare(holds: Callable[[int, int], bool], *, signed: bool) -> Callable[[BitVector, BitVector], bool]:
    if signed:
        return lambda a, b: holds(_signed(a), _signed(b))
    return lambda a, b: holds(a.value, b.value)


def _concat(a: BitVector, b: BitVector) -> BitVector:
    return BitVector((a.value << b.width) | b.value, a.width + b.width)


def _rotate(n: int, v: BitVector) -> BitVector:
    n %= v.width
    return _vector((v.value << n) | (v.value >> (v.width - n)), v.width)


_OPERATORS: dict[str, Callable[..., Any]] = {
    "str.++": _fold(lambda a, b: a + b),
    "str.len": lambda s: len(s),
    "str.at": lambda s, i: _substr(s, i, 1),
    "str.substr": _substr,
    "str.indexof": _indexof,
    "str.replace": _replace,
    "str.replace_all": _replace_all,
    "str.prefixof": lambda t, s: s[: len(t)] == t,
    "str.suffixof": lambda t, s: len(t) <= len(s) and s[len(s) - len(t) :] == t,
    "str.contains": lambda s, t: t in s,
    "str.to_int": _to_int,
    "str.from_int": lambda n: str(n) if n >= 0 else "",
    "str.to_code": lambda s: ord(s) if len(s) == 1 else -1,
    "str.from_code": _from_code,
    "str.is_digit": lambda s: len(s) == 1 and s in "0123456789",
    "str.<": _chain(lambda a, b: a < b),
    "str.<=": _chain(lambda a, b: a <= b),
    "str.to_lower": _ascii(str.lower),
    "str.to_upper": _ascii(str.upper),
    "str.rev": lambda s: s[::-1],
    "+": lambda *args: sum(args),
    "-": lambda first, *rest: -first if not rest else first - sum(rest),
    "*": _fold(lambda a, b: a * b),
    "div": _fold(lambda a, b: _euclid(a, b)[0]),
    "mod": lambda a, b: _euclid(a, b)[1],
    "abs": abs,
    "<": _chain(lambda a, b: a < b),
    "<=": _chain(lambda a, b: a <= b),
    ">": _chain(lambda a, b: a > b),
    ">=": _chain(lambda a, b: a >= b),
    "=": _chain(lambda a, b: type(a) is type(b) and a == b),
    "distinct": lambda *args: len(set(args)) == len(args),
    "not": lambda a: not _boolean(a),
    "and": lambda *args: all(map(_boolean, args)),
    "or": lambda *args: any(map(_boolean, args)),
    "xor": _fold(lambda a, b: _boolean(a) != _boolean(b)),
    "=>": lambda *args: _boolean(args[-1]) or not all(map(_boolean, args[:-1])),
    "bvnot": lambda a: _vector(~a.value, a.width),
    "bvneg": lambda a: _vector(-a.value, a.width),
    "bvadd": _bits(lambda a, b, w: a + b),
    "bvsub": _bits(lambda a, b, w: a - b),
    "bvmul": _bits(lambda a, b, w: a * b),
    "bvand": _bits(lambda a, b, w: a & b),
    "bvor": _bits(lambda a, b, w: a | b),
    "bvxor": _bits(lambda a, b, w: a ^ b),
    "bvnand": _bits(lambda a, b, w: ~(a & b)),
    "bvnor": _bits(lambda a, b, w: ~(a | b)),
    "bvxnor": _bits(lambda a, b, w: ~(a ^ b)),
    "bvshl": _bits(lambda a, b, w: a << b if b < w else 0),
    "bvlshr": _bits(lambda a, b, w: a >> min(b, w)),
    "bvashr": lambda a, b: _vector(_signed(a) >> min(b.value, a.width), a.width),
    "bvudiv": _bits(lambda a, b, w: a // b if b else -1),
    "bvurem": _bits(lambda a, b, w: a % b if b else a),
    "bvsdiv": _sdiv,
    "bvsrem": _srem,
    "bvsmod": _smod,
    "bvult": _compare(lambda a, b: a < b, signed=False),
    "bvule": _compare(lambda a, b: a <= b, signed=False),
    "bvugt": _compare(lambda a, b: a > b, signed=False),
    "bvuge": _compare(lambda a, b: a >= b, signed=False),
    "bvslt": _compare(lambda a, b: a < b, signed=True),
    "bvsle": _compare(lambda a, b: a <= b, signed=True),
    "bvsgt": _compare(lambda a, b: a > b, signed=True),
    "bvsge": _compare(lambda a, b: a >= b, signed=True),
    "bvcomp": lambda a, b: BitVector(int(a == b), 1),
    "concat": _fold(_concat),
}

_INDEXED: dict[str, Callable[..., Any]] = {
    "extract": lambda high, low, v: _vector(v.value >> low, high - low + 1),
    "zero_extend": lambda n, v: BitVector(v.value, v.width + n),
    "sign_extend": lambda n, v: _vector(_signed(v), v.width + n),
    "repeat": lambda n, v: _fold(_concat)(*[v] * n),
    "rotate_left": _rotate,
    "rotate_right": lambda n, v: _rotate(v.width - n % v.width, v),
}
