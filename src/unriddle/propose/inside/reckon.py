"""Expressions of a verifier, followed symbolically; plain Python values where nothing is unknown."""

from __future__ import annotations

import ast
import builtins
import operator
from collections.abc import Callable, Iterator
from typing import Any

import z3

from unriddle.propose.inside.calls import Calls, Function, Scope
from unriddle.propose.inside.symbols import (
    Codes,
    NeedsPositive,
    Unsupported,
    all_of,
    any_of,
    arithmetic,
    as_set,
    compare,
    equals,
    is_symbolic,
    negate,
    pick,
    plain,
    plain_sum,
    truth,
)
from unriddle.propose.inside.ways import Closed, Way

__all__ = ["Reckoner"]

_OPERATORS = {
    "Add": operator.add, "Sub": operator.sub, "Mult": operator.mul, "Div": operator.truediv, "Mod": operator.mod,
    "FloorDiv": operator.floordiv, "Pow": operator.pow, "BitAnd": operator.and_, "BitOr": operator.or_,
    "BitXor": operator.xor, "LShift": operator.lshift, "RShift": operator.rshift,
}  # fmt: skip


class Reckoner:
    """Values of expressions on one way.

    Args:
        way: Where conditions go.
        names: The verifier's globals.
        block: Follows the statements of a function.
    """

    def __init__(self, way: Way, names: dict[str, Any], block: Callable[[list[Any], dict[str, Any]], Any]) -> None:
        self.way, self.globals = way, names
        self.calls = Calls(way, self.evaluate, self.binary, block)

    def refuse(self, node: Any, names: dict[str, Any]) -> Any:
        """What nobody has written yet."""
        raise Unsupported

    def bind(self, target: Any, value: Any, names: dict[str, Any]) -> None:
        """Give names, or parts of lists, their values."""
        if isinstance(target, ast.Name):
            names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            items = self.way.iterate(value)
            if len(items) != len(target.elts):
                raise Closed
            for part, item in zip(target.elts, items):
                self.bind(part, item, names)
        elif isinstance(target, ast.Subscript):
            box, index = self.evaluate(target.value, names), self.evaluate(target.slice, names)
            if is_symbolic(index):
                if not isinstance(box, list):
                    raise Unsupported
                index = self.way.number(index, 0, len(box))
            box[index] = value
        else:
            raise Unsupported

    def evaluate(self, node: Any, names: dict[str, Any]) -> Any:
        """Value of an expression."""
        self.way.step()
        return getattr(self, "_on_" + type(node).__name__.lower(), self.refuse)(node, names)

    def _on_constant(self, node: Any, names: dict[str, Any]) -> Any:
        return node.value

    def _on_name(self, node: Any, names: dict[str, Any]) -> Any:
        for box in (names, self.globals, vars(builtins)):
            if node.id in box:
                return box[node.id]
        raise Unsupported

    def _on_tuple(self, node: Any, names: dict[str, Any]) -> Any:
        return tuple(self.evaluate(part, names) for part in node.elts)

    def _on_list(self, node: Any, names: dict[str, Any]) -> Any:
        return [self.evaluate(part, names) for part in node.elts]

    def _on_set(self, node: Any, names: dict[str, Any]) -> Any:
        return as_set([self.evaluate(part, names) for part in node.elts])

    def _on_dict(self, node: Any, names: dict[str, Any]) -> Any:
        keys = [self.evaluate(key, names) for key in node.keys]
        if is_symbolic(keys):
            raise Unsupported
        return dict(zip(keys, [self.evaluate(value, names) for value in node.values]))

    def _on_lambda(self, node: Any, names: dict[str, Any]) -> Any:
        return Function(node.args, [ast.Return(node.body)], names)

    def _on_unaryop(self, node: Any, names: dict[str, Any]) -> Any:
        value = self.evaluate(node.operand, names)
        if isinstance(node.op, ast.Not):
            return negate(truth(value))
        if isinstance(node.op, ast.USub):
            return -plain(value)
        if is_symbolic(value):
            raise Unsupported
        return ~value if isinstance(node.op, ast.Invert) else value

    def _on_binop(self, node: Any, names: dict[str, Any]) -> Any:
        left, right = self.evaluate(node.left, names), self.evaluate(node.right, names)
        return self.binary(type(node.op).__name__, left, right)

    def binary(self, name: str, left: Any, right: Any) -> Any:
        """Value of a binary operator, by its name."""
        if not is_symbolic(left) and not is_symbolic(right):
            if name in ("Pow", "LShift") and isinstance(right, int) and right > 10_000:
                raise Unsupported
            return _OPERATORS[name](left, right)
        if name == "Pow" and isinstance(right, z3.ExprRef):
            right = self.way.number(right, 0, 12)
        try:
            return arithmetic(name, left, right)
        except NeedsPositive as needs:
            self.way.require(needs.b > 0)
            return needs.result

    def _on_boolop(self, node: Any, names: dict[str, Any]) -> Any:
        is_and = isinstance(node.op, ast.And)
        parts: list[Any] = []
        for i, part in enumerate(node.values):
            value = self.evaluate(part, names)
            known = truth(value)
            if isinstance(known, bool):
                if known is not is_and or (i == len(node.values) - 1 and not parts):
                    return value if not parts or known is is_and else known
                continue
            parts.append(known)
        return all_of(parts) if is_and else any_of(parts)

    def _on_compare(self, node: Any, names: dict[str, Any]) -> Any:
        operands = [self.evaluate(part, names) for part in [node.left, *node.comparators]]
        pairs = zip(node.ops, operands, operands[1:])
        return all_of([compare(type(op).__name__, a, b) for op, a, b in pairs])

    def _on_ifexp(self, node: Any, names: dict[str, Any]) -> Any:
        condition = truth(self.evaluate(node.test, names))
        if isinstance(condition, bool):
            return self.evaluate(node.body if condition else node.orelse, names)
        a, b = self.evaluate(node.body, names), self.evaluate(node.orelse, names)
        numbers = (int, float, z3.ArithRef, z3.BoolRef)
        if isinstance(a, numbers) and isinstance(b, numbers):
            return z3.If(condition, plain(a), plain(b))
        return a if self.way.decide(condition) else b

    def _on_subscript(self, node: Any, names: dict[str, Any]) -> Any:
        box = self.evaluate(node.value, names)
        if isinstance(node.slice, ast.Slice):
            return self._slice(box, node.slice, names)
        index = self.evaluate(node.slice, names)
        if isinstance(box, dict) and is_symbolic(index):
            keys = [key for key in box if type(key) is type(box and next(iter(box)))]
            self.way.require(any_of([equals(index, key) for key in keys]))
            place = plain_sum([z3.If(equals(index, key), i, 0) for i, key in enumerate(keys)])
            return pick([box[key] for key in keys], place)
        if isinstance(index, z3.ExprRef):
            index = plain(index)
            items = self.way.iterate(box)
            self.way.require(all_of([index >= 0, index < len(items)]))
            return pick(items, index)
        return Codes([box.codes[index]]) if isinstance(box, Codes) else box[index]

    def _slice(self, box: Any, node: Any, names: dict[str, Any]) -> Any:
        bounds = [self.evaluate(part, names) if part else None for part in (node.lower, node.upper, node.step)]
        n = len(box)
        bounds = [self.way.number(b, -n - 1, n + 2) if is_symbolic(b) else b for b in bounds]
        part = slice(*bounds)
        return Codes(box.codes[part]) if isinstance(box, Codes) else box[part]

    def _on_listcomp(self, node: Any, names: dict[str, Any]) -> Any:
        return [value for condition, value in self._comprehend(node, names) if self.way.decide(condition)]

    def _on_generatorexp(self, node: Any, names: dict[str, Any]) -> Any:
        return self._on_listcomp(node, names)

    def _on_setcomp(self, node: Any, names: dict[str, Any]) -> Any:
        return as_set(self._on_listcomp(node, names))

    def _on_dictcomp(self, node: Any, names: dict[str, Any]) -> Any:
        pair = ast.ListComp(ast.Tuple([node.key, node.value], ast.Load()), node.generators)
        pairs = self._on_listcomp(pair, names)
        if is_symbolic([key for key, _ in pairs]):
            raise Unsupported
        return dict(pairs)

    def _comprehend(self, node: Any, names: dict[str, Any]) -> Any:
        """``(condition, item)`` for each item that may be there."""
        inner = Scope(names)

        def level(i: Any, conditions: Any) -> Iterator[Any]:
            if i == len(node.generators):
                yield all_of(conditions), self.evaluate(node.elt, inner)
                return
            generator = node.generators[i]
            for item in self.way.iterate(self.evaluate(generator.iter, inner)):
                self.bind(generator.target, item, inner)
                more = [truth(self.evaluate(test, inner)) for test in generator.ifs]
                if not any(test is False for test in more):
                    yield from level(i + 1, [*conditions, *more])

        return list(level(0, []))

    def _on_call(self, node: Any, names: dict[str, Any]) -> Any:
        comprehended = len(node.args) == 1 and isinstance(node.args[0], (ast.GeneratorExp, ast.ListComp))
        if isinstance(node.func, ast.Name) and node.func.id in ("all", "any", "sum") and comprehended:
            return self.calls.gather(node.func.id, self._comprehend(node.args[0], names))
        args = []
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                args += self.way.iterate(self.evaluate(arg.value, names))
            else:
                args.append(self.evaluate(arg, names))
        keywords = {keyword.arg: self.evaluate(keyword.value, names) for keyword in node.keywords}
        if isinstance(node.func, ast.Attribute):
            return self.calls.method(self.evaluate(node.func.value, names), node.func.attr, args)
        return self.calls.apply(self.evaluate(node.func, names), args, keywords)
