"""Calls of built-in functions, methods and the verifier's own functions, where an argument is not known."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import z3

from unriddle.propose.inside.symbols import (
    Codes,
    Ordered,
    Unknowns,
    Unsupported,
    all_of,
    any_of,
    as_set,
    compare,
    contains,
    equals,
    is_symbolic,
    negate,
    occurrences,
    plain,
    plain_sum,
    read_int,
    truth,
)
from unriddle.propose.inside.ways import Way

__all__ = ["Calls", "Function", "Returned", "Scope"]


class Returned(Exception):
    """A function ended with this value."""

    def __init__(self, value: Any) -> None:
        super().__init__()
        self.value = value


class Calls:
    """Calls on one way.

    Args:
        way: Where conditions go.
        evaluate: Value of an expression.
        binary: Value of a binary operator.
        block: Follows the statements of a function.
    """

    def __init__(
        self, way: Way, evaluate: Callable[..., Any], binary: Callable[..., Any], block: Callable[..., Any]
    ) -> None:
        self.way, self.evaluate, self.binary, self.block = way, evaluate, binary, block

    def gather(self, name: str, items: Any) -> Any:
        """``all``, ``any`` or ``sum`` of ``(condition, item)`` pairs."""
        if name == "all":
            return all_of([any_of([negate(condition), truth(value)]) for condition, value in items])
        if name == "any":
            return any_of([all_of([condition, truth(value)]) for condition, value in items])
        parts = []
        for condition, value in items:
            value = plain(value)
            if isinstance(value, (str, Codes, list, tuple)):
                raise Unsupported
            parts.append(value if condition is True else z3.If(condition, value, 0))
        return plain_sum(parts)

    def apply(self, function: Any, args: Any, keywords: Any) -> Any:
        """A call of a function."""
        if isinstance(function, Function):
            scope = Scope(function.names)
            given = [arg.arg for arg in function.args.args]
            missing = len(given) - len(args)
            values = [
                *args,
                *(self.evaluate(d, function.names) for d in function.args.defaults[-missing:] if missing > 0),
            ]
            if len(values) != len(given) or keywords:
                raise Unsupported
            scope.update(zip(given, values))
            try:
                self.block(function.body, scope)
            except Returned as done:
                return done.value
            return None
        name = getattr(function, "__name__", "")
        if function is not vars(builtins).get(name):
            raise Unsupported
        if not is_symbolic(args):
            if name in ("eval", "exec", "open", "input", "print", "compile", "__import__", "getattr", "setattr"):
                raise Unsupported
            made = vars(builtins)[name](*args, **keywords)
            return list(made) if name in ("zip", "map", "filter", "enumerate", "reversed") else made
        handler = getattr(self, "_call_" + name, None)
        if handler is None or keywords:
            raise Unsupported
        return handler(*args)

    def _call_len(self, value: Any) -> Any:
        return (
            value.size()
            if isinstance(value, Unknowns)
            else len(value.items)
            if isinstance(value, Ordered)
            else len(value)
        )

    def _call_abs(self, value: Any) -> Any:
        return z3.If(plain(value) >= 0, plain(value), -plain(value))

    def _call_sum(self, values: Any) -> Any:
        return plain_sum([plain(value) for value in self.way.iterate(values)])

    def _call_all(self, values: Any) -> Any:
        return all_of([truth(value) for value in self.way.iterate(values)])

    def _call_any(self, values: Any) -> Any:
        return any_of([truth(value) for value in self.way.iterate(values)])

    def _call_min(self, *values: Any) -> Any:
        return self._extreme("LtE", values)

    def _call_max(self, *values: Any) -> Any:
        return self._extreme("GtE", values)

    def _extreme(self, name: str, values: Any) -> Any:
        items = self.way.iterate(values[0]) if len(values) == 1 else list(values)
        best = items[0]
        for item in items[1:]:
            if isinstance(item, (Codes, str, list)):
                best = best if self.way.decide(compare(name, best, item)) else item
            else:
                best = z3.If(compare(name, best, item), plain(best), plain(item))
        return best

    def _call_range(self, *bounds: Any) -> Any:
        return range(*(self.way.number(bound) for bound in bounds))

    def _call_list(self, value: Any) -> Any:
        return self.way.iterate(value)

    def _call_tuple(self, value: Any) -> Any:
        return tuple(self.way.iterate(value))

    def _call_set(self, value: Any) -> Any:
        return (
            value
            if isinstance(value, Unknowns)
            else as_set(value.items if isinstance(value, Ordered) else self.way.iterate(value))
        )

    def _call_sorted(self, value: Any) -> Any:
        return Ordered(value.items if isinstance(value, Unknowns) else self.way.iterate(value))

    def _call_reversed(self, value: Any) -> Any:
        return self.way.iterate(value)[::-1]

    def _call_zip(self, *values: Any) -> Any:
        return list(zip(*map(self.way.iterate, values)))

    def _call_enumerate(self, value: Any, start: Any = 0) -> Any:
        return list(enumerate(self.way.iterate(value), start))

    def _call_bool(self, value: Any) -> Any:
        return truth(value)

    def _call_float(self, value: Any) -> Any:
        return z3.ToReal(value) if isinstance(value, z3.ArithRef) and value.is_int() else value

    def _call_ord(self, value: Any) -> Any:
        return value.codes[0]

    def _call_chr(self, value: Any) -> Any:
        return Codes([value])

    def _call_int(self, value: Any) -> Any:
        if isinstance(value, Codes):
            number, conditions = read_int(value)
            self.way.require(all_of(conditions))
            return number
        return plain(value) if not isinstance(value, z3.ArithRef) or value.is_int() else z3.ToInt(value)

    def _call_str(self, value: Any) -> Any:
        if isinstance(value, Codes):
            return value
        if not isinstance(value, z3.ArithRef) or not value.is_int():
            raise Unsupported
        n = 1 + self.way.choose(12)
        self.way.require(z3.And(value >= (10 ** (n - 1) if n > 1 else 0), value < 10**n))
        return Codes([48 + (value / 10**i) % 10 for i in reversed(range(n))])

    def _call_divmod(self, a: Any, b: Any) -> Any:
        return self.binary("FloorDiv", a, b), self.binary("Mod", a, b)

    def method(self, box: Any, name: str, args: Any) -> Any:
        """A call of a method."""
        if isinstance(box, list) and name in ("append", "pop", "insert", "extend", "copy", "reverse"):
            if is_symbolic([arg for arg in args if not isinstance(arg, list)]) and name in ("pop", "insert"):
                raise Unsupported
            return getattr(box, name)(*args)
        if not is_symbolic(box) and not is_symbolic(args):
            made = getattr(box, name)(*args)
            return list(made) if name in ("items", "keys", "values") else made
        if name == "count":
            return occurrences(box, args[0])
        if name in ("startswith", "endswith"):
            whole, part = Codes.of(box), Codes.of(args[0])
            n = len(part)
            if n > len(whole):
                return False
            return equals(Codes(whole.codes[:n] if name == "startswith" else whole.codes[len(whole) - n :]), part)
        if name == "join":
            made = []
            for i, part in enumerate(self.way.iterate(args[0])):
                made += (Codes.of(box).codes if i else []) + Codes.of(part).codes
            return Codes(made)
        if name == "index":
            items = self.way.iterate(box)
            place = self.way.choose(len(items))
            self.way.require(equals(items[place], args[0]))
            self.way.require(all_of([negate(equals(item, args[0])) for item in items[:place]]))
            return place
        if name in ("issubset", "issuperset", "union"):
            mine, other = (list(b.items) if isinstance(b, Unknowns) else self.way.iterate(b) for b in (box, args[0]))
            if name == "union":
                return Unknowns([*mine, *other])
            return all_of(
                [contains(x, other if name == "issubset" else mine) for x in (mine if name == "issubset" else other)]
            )
        raise Unsupported


class Function:
    """A function of the verifier, with the names around it."""

    def __init__(self, args: Any, body: list[Any], names: dict[str, Any]) -> None:
        self.args, self.body, self.names = args, body, names


class Scope(dict[str, Any]):
    """Names of a function or comprehension; others are looked up outside."""

    def __init__(self, outer: Any) -> None:
        super().__init__()
        self.outer = outer

    def __missing__(self, name: str) -> Any:
        return self.outer[name]

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name in self.outer
