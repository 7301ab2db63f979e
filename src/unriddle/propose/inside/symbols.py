"""Symbolic values for verifiers: integers, truths and reals of z3, texts and lists of known length, operators.

A text is a list of character codes. Not covered: bit operators beyond shifts and parities by constants, symbolic
exponents, and texts of unknown length.
"""

from __future__ import annotations

import itertools
import operator
from typing import Any

import z3

__all__ = [
    "Codes",
    "NeedsPositive",
    "Ordered",
    "Unknowns",
    "Unsupported",
    "all_of",
    "any_of",
    "arithmetic",
    "as_set",
    "compare",
    "contains",
    "equals",
    "is_symbolic",
    "negate",
    "occurrences",
    "pick",
    "plain",
    "plain_sum",
    "read_int",
    "truth",
]


class Unsupported(Exception):
    """The solver has no words for this."""


class Codes:
    """A text of known length: character codes, symbolic or not."""

    def __init__(self, codes: Any) -> None:
        self.codes = list(codes)

    @staticmethod
    def of(text: Any) -> Any:
        """A plain text as codes."""
        return text if isinstance(text, Codes) else Codes(map(ord, text))

    def __len__(self) -> int:
        return len(self.codes)


class Ordered:
    """A sorted list whose order is not known: only what it equals can be said."""

    def __init__(self, items: Any) -> None:
        self.items = items


class Unknowns:
    """A set of items some of which may be equal."""

    def __init__(self, items: Any) -> None:
        self.items = items

    def __len__(self) -> int:
        raise Unsupported

    def size(self) -> Any:
        """How many different items there are."""
        items = self.items
        return plain_sum([z3.If(all_of([negate(equals(x, y)) for y in items[:i]]), 1, 0) for i, x in enumerate(items)])


def is_symbolic(value: Any) -> bool:
    """Whether anything in the value is not known."""
    if isinstance(value, (z3.ExprRef, Codes, Ordered, Unknowns)):
        return True
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(is_symbolic(item) for item in value)
    if isinstance(value, dict):
        return any(is_symbolic(item) for item in value.values())
    return False


def plain(value: Any) -> Any:
    """A number for a truth value, where z3 needs one."""
    if isinstance(value, z3.BoolRef):
        return z3.If(value, 1, 0)
    return value


def plain_sum(parts: Any) -> Any:
    """Sum of numbers, symbolic or not."""
    known = sum(part for part in parts if not isinstance(part, z3.ExprRef))
    unknown = [part for part in parts if isinstance(part, z3.ExprRef)]
    return z3.Sum([*unknown, known]) if unknown else known


def truth(value: Any) -> Any:
    """Truth of a value: a Python truth or a z3 one."""
    if isinstance(value, z3.BoolRef):
        return value
    if isinstance(value, z3.ArithRef):
        return value != 0
    if isinstance(value, Codes):
        return len(value) > 0
    if isinstance(value, (Ordered, Unknowns)):
        return bool(value.items)
    return bool(value)


def negate(value: Any) -> Any:
    """The opposite of a truth."""
    return z3.Not(value) if isinstance(value, z3.ExprRef) else not value


def all_of(parts: Any) -> Any:
    """Conjunction, known as soon as one part is false."""
    if any(part is False for part in parts):
        return False
    unknown = [part for part in parts if part is not True]
    return z3.And(unknown) if unknown else True


def any_of(parts: Any) -> Any:
    """Disjunction, known as soon as one part is true."""
    if any(part is True for part in parts):
        return True
    unknown = [part for part in parts if part is not False]
    return z3.Or(unknown) if unknown else False


def equals(a: Any, b: Any) -> Any:
    """Equality of two values."""
    if isinstance(a, Ordered) or isinstance(b, Ordered):
        return _ordered(a, b)
    if not is_symbolic(a) and not is_symbolic(b):
        return bool(a == b)
    if isinstance(a, (Codes, str)) and isinstance(b, (Codes, str)):
        a, b = Codes.of(a), Codes.of(b)
        return all_of([equals(x, y) for x, y in zip(a.codes, b.codes)]) if len(a) == len(b) else False
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return all_of([equals(x, y) for x, y in zip(a, b)]) if len(a) == len(b) and type(a) is type(b) else False
    if isinstance(a, Unknowns) or isinstance(b, Unknowns):
        return all_of([_within(a, b), _within(b, a)])
    numbers = (z3.ArithRef, z3.BoolRef, int, float)
    if isinstance(a, numbers) and isinstance(b, numbers):
        if isinstance(a, (z3.BoolRef, bool)) and isinstance(b, (z3.BoolRef, bool)):
            return a == b
        return plain(a) == plain(b)
    return False


def _items(value: Any) -> Any:
    if isinstance(value, (Unknowns, Ordered)):
        return value.items
    if isinstance(value, Codes):
        return [Codes([code]) for code in value.codes]
    return list(value)


def _within(a: Any, b: Any) -> Any:
    return all_of([contains(x, b) for x in _items(a)])


def _ordered(a: Any, b: Any) -> Any:
    one, other = (a, b) if isinstance(a, Ordered) else (b, a)
    if isinstance(other, Ordered):
        values = [*one.items, *other.items]
    elif not is_symbolic(other) and isinstance(other, list):
        values = other
    elif isinstance(other, list) and len(other) == len(one.items):
        rising = [compare("LtE", x, y) for x, y in itertools.pairwise(other)]
        return all_of([*rising, *(equals(x, y) for x, y in zip(one.items, other))])
    else:
        raise Unsupported
    others = _items(other)
    if len(others) != len(one.items):
        return False
    different = []
    for value in values:
        if is_symbolic(value) or value not in different:
            different.append(value)
    if len(different) == len(others) and not is_symbolic(others) and all(type(v) is int for v in others):
        return all_of([z3.Distinct([plain(x) for x in one.items]), *(contains(x, others) for x in one.items)])
    return all_of([equals(occurrences(one.items, v), occurrences(others, v)) for v in different])


def contains(item: Any, box: Any) -> Any:
    """``item in box``."""
    if isinstance(box, dict):
        box = list(box)
    if isinstance(box, range) and isinstance(item, z3.ArithRef):
        if not len(box):
            return False
        low, high = min(box[0], box[-1]), max(box[0], box[-1])
        steps = [] if abs(box.step) == 1 else [(item - low) % abs(box.step) == 0]
        return all_of([item >= low, item <= high, *steps])
    if isinstance(box, (str, Codes)):
        item, box = Codes.of(item), Codes.of(box)
        n = len(item)
        places = range(len(box) - n + 1)
        return any_of([equals(item, Codes(box.codes[i : i + n])) for i in places])
    return any_of([equals(item, other) for other in _items(box)])


def occurrences(box: Any, item: Any) -> Any:
    """How often an item occurs; places of a longer text may overlap."""
    if isinstance(box, (str, Codes)):
        box, item = Codes.of(box), Codes.of(item)
        n = len(item)
        found = [equals(item, Codes(box.codes[i : i + n])) for i in range(len(box) - n + 1)]
    else:
        found = [equals(item, other) for other in _items(box)]
    return plain_sum([int(f) if isinstance(f, bool) else z3.If(f, 1, 0) for f in found])


def compare(name: str, a: Any, b: Any) -> Any:
    """One comparison by the name of its operator."""
    if name in ("Eq", "Is"):
        return equals(a, b)
    if name in ("NotEq", "IsNot"):
        return negate(equals(a, b))
    if name in ("In", "NotIn"):
        found = contains(a, b) if is_symbolic(a) or is_symbolic(b) else a in b
        return found if name == "In" else negate(found)
    order = {"Lt": operator.lt, "LtE": operator.le, "Gt": operator.gt, "GtE": operator.ge}[name]
    if isinstance(a, (Unknowns, set, frozenset)) and (is_symbolic(a) or is_symbolic(b)):
        if name == "LtE":
            return _within(a, b)
        if name == "GtE":
            return _within(b, a)
        raise Unsupported
    if isinstance(a, (list, tuple, str, Codes)) and (is_symbolic(a) or is_symbolic(b)):
        return _lexical(name, a, b)
    if isinstance(a, Ordered) or isinstance(b, Ordered):
        raise Unsupported
    return order(plain(a), plain(b))


def _lexical(name: str, a: Any, b: Any) -> Any:
    if isinstance(a, (str, Codes)):
        a, b = Codes.of(a).codes, Codes.of(b).codes
    if name in ("Gt", "GtE"):
        return _lexical("Lt" if name == "Gt" else "LtE", b, a)
    if not a or not b:
        return bool(b) if a or name == "Lt" else True
    first, rest = (a[0], b[0]), _lexical(name, a[1:], b[1:]) if a and b else True
    return any_of([compare("Lt", *first), all_of([equals(*first), rest])])


def arithmetic(name: str, a: Any, b: Any) -> Any:
    """One binary operator by its name, where anything is symbolic."""
    if isinstance(a, (str, Codes)) and isinstance(b, (str, Codes)) and name == "Add":
        return Codes(Codes.of(a).codes + Codes.of(b).codes)
    if isinstance(a, Codes) and isinstance(b, int) and name == "Mult":
        return Codes(a.codes * b)
    if isinstance(a, (list, tuple)):
        if name == "Add" and type(a) is type(b):
            return operator.add(a, b)
        if name == "Mult" and isinstance(b, int):
            return a * b
        raise Unsupported
    a, b = plain(a), plain(b)
    numbers = (z3.ArithRef, int, float)
    if not isinstance(a, numbers) or not isinstance(b, numbers):
        raise Unsupported
    if name in ("Add", "Sub", "Mult"):
        return {"Add": operator.add, "Sub": operator.sub, "Mult": operator.mul}[name](_real(a), _real(b))
    if name == "Div":
        real = z3.ToReal(a) if isinstance(a, z3.ArithRef) and a.is_int() else a if is_symbolic(a) else z3.RealVal(a)
        return real / b
    if name in ("FloorDiv", "Mod") and type(b) is int and b > 0 and z3.is_int(a):
        return a / b if name == "FloorDiv" else a % b
    if name in ("FloorDiv", "Mod") and isinstance(b, z3.ArithRef) and b.is_int():
        raise NeedsPositive(a, b, name)
    if name == "Pow" and type(b) is int and 0 <= b <= 8:
        made: Any = 1
        for _ in range(b):
            made = made * a
        return made
    if type(b) is int and 0 <= b < 200 and isinstance(a, z3.ArithRef) and a.is_int():
        if name == "RShift":
            return a / 2**b
        if name == "LShift":
            return a * 2**b
        if name == "BitAnd" and (b & (b + 1)) == 0:
            return a % (b + 1)
    if type(a) is int and name == "RShift" and isinstance(b, z3.ArithRef):
        return pick([a >> i for i in range(a.bit_length() + 2)], b)
    raise Unsupported


class NeedsPositive(Exception):
    """The divisor must be known to be positive before the quotient has words."""

    def __init__(self, a: Any, b: Any, name: str) -> None:
        super().__init__()
        self.b = b
        self.result = a / b if name == "FloorDiv" else a % b
        if not isinstance(a, z3.ArithRef):
            self.result = z3.IntVal(a) / b if name == "FloorDiv" else z3.IntVal(a) % b


def _real(value: Any) -> Any:
    return value if not isinstance(value, float) else z3.RealVal(repr(value))


def pick(items: Any, index: Any) -> Any:
    """``items[index]`` for an index that is not known, from 0 on."""
    items = list(items)
    if not items:
        raise Unsupported
    if all(isinstance(item, (str, Codes)) for item in items):
        texts = [Codes.of(item) for item in items]
        if len({len(text) for text in texts}) != 1:
            raise Unsupported
        return Codes([pick(column, index) for column in zip(*(text.codes for text in texts))])
    if all(isinstance(item, (list, tuple)) for item in items):
        if len({len(item) for item in items}) != 1:
            raise Unsupported
        return type(items[0])(pick(column, index) for column in zip(*items))
    if not all(isinstance(item, (int, float, z3.ArithRef)) for item in items):
        raise Unsupported
    made = items[-1]
    for i in range(len(items) - 2, -1, -1):
        made = z3.If(index == i, items[i], made)
    return made


def read_int(text: Any) -> Any:
    """``(number, conditions)`` of a text of digits."""
    codes = Codes.of(text).codes
    if not codes:
        raise Unsupported
    number = 0
    for code in codes:
        number = number * 10 + (code - 48)
    return number, [all_of([compare("GtE", code, 48), compare("LtE", code, 57)]) for code in codes]


def as_set(items: Any) -> Any:
    """A set of items, some of which may not be known."""
    return Unknowns(items) if is_symbolic(items) else set(items)
