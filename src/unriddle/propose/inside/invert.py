"""Equations of the verifier solved backwards: ``f(answer) == c`` pushed through pieces of ``f`` that have inverses.

Not covered: equations in which the answer occurs more than once, except that each occurrence is tried on its own.
"""

from __future__ import annotations

import ast
import copy
import itertools
import math
import random
from collections.abc import Iterator
from typing import Any

from unriddle.propose.inside.check import Puzzle
from unriddle.propose.inside.material import Material

__all__ = ["search"]

MAX_EACH = 12
PROBES = range(-3, 400)


def search(puzzle: Puzzle, material: Material, rng: random.Random, seeds: list[Any]) -> None:
    """Try what every equation of the verifier says of the answer; return when all are tried."""
    inverter = _Inverter(puzzle, material)
    equations = list(inverter.equations())
    tried, answers = set(), []
    for node, target in equations:
        for value in itertools.islice(inverter.solve(node, target, 0), 400):
            for made in (value, puzzle.kind.cast(value)):
                if made is not None and puzzle.kind.fits(made) and repr(made) not in tried:
                    tried.add(repr(made))
                    puzzle.distance(made)
                    puzzle.accepts(made)
                    answers.append(made)
    for a, b in itertools.product(answers[:60], repeat=2):
        if puzzle.kind.name in ("str", "list"):
            puzzle.accepts(a + b)


class _Inverter:
    def __init__(self, puzzle: Puzzle, material: Material) -> None:
        self.puzzle, self.material, self.answer = puzzle, material, puzzle.answer
        self.bindings = self._bindings()

    def _bindings(self) -> Any:
        """Names that are assigned once, with what they stand for."""
        found, many = {}, set()
        for node in ast.walk(self.puzzle.node):
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id
                many |= {name} if name in found else set()
                found[name] = node.value
            elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
                many.add(node.target.id)
        return {name: value for name, value in found.items() if name not in many and name != self.answer}

    def _inlined(self, node: Any, depth: int = 0) -> Any:
        if depth > 4:
            return node
        bindings, inlined = self.bindings, self._inlined
        material = self.material

        class Inline(ast.NodeTransformer):
            def visit_Name(self, node: ast.Name) -> ast.AST:
                if node.id in bindings and node.id not in material.names:
                    inner: ast.AST = inlined(copy.deepcopy(bindings[node.id]), depth + 1)
                    return inner
                return node

        return Inline().visit(copy.deepcopy(node))

    def mentions(self, node: Any) -> bool:
        """Whether the answer occurs."""
        return any(isinstance(n, ast.Name) and n.id == self.answer for n in ast.walk(node))

    def closed(self, node: Any) -> tuple[bool, Any]:
        """``(True, value)`` if the expression can be computed without the answer."""
        if self.mentions(node) or not self.material.is_closed(node):
            return False, None
        value = self.material.value_of(node)
        return value is not None, value

    def equations(self) -> Iterator[Any]:
        """``(expression with the answer, value it must have)``."""
        for node in ast.walk(self.puzzle.node):
            if isinstance(node, ast.Compare):
                operands = [self._inlined(part) for part in [node.left, *node.comparators]]
                for (a, b), op in zip(itertools.pairwise(operands), node.ops):
                    yield from self._relation(a, b, op)
                if len(operands) > 2 and all(isinstance(op, ast.Eq) for op in node.ops):
                    yield from self._relation(operands[0], operands[-1], ast.Eq())
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                whole = self._inlined(node)
                if node.func.attr in ("startswith", "endswith") and self.mentions(whole.func.value):
                    ok, text = self.closed(node.args[0])
                    if ok and isinstance(text, str):
                        tails = itertools.chain([""], ("0" * k for k in range(1, 12)), "ab 1")
                        for tail in tails:
                            value = text + tail if node.func.attr == "startswith" else tail + text
                            yield whole.func.value, value

    def _relation(self, a: Any, b: Any, op: Any) -> Iterator[Any]:
        for one, other in ((a, b), (b, a)):
            if not self.mentions(one):
                continue
            ok, value = self.closed(other)
            if not ok:
                continue
            if isinstance(op, ast.Eq):
                yield one, value
            elif isinstance(op, ast.In) and one is a and hasattr(value, "__iter__"):
                yield from ((one, item) for item in itertools.islice(value, 100))
            elif isinstance(op, (ast.Lt, ast.LtE, ast.Gt, ast.GtE)) and isinstance(value, (int, float)):
                yield from ((one, value + d) for d in (0, 1, -1))

    def solve(self, node: Any, target: Any, depth: int) -> Iterator[Any]:
        """Values of the answer for which the expression may have the target's value."""
        if depth > 12:
            return
        if isinstance(node, ast.Name):
            if node.id == self.answer:
                yield target
            return
        method = getattr(self, "_" + type(node).__name__.lower(), None)
        if method is not None:
            try:
                options = list(itertools.islice(method(node, target), MAX_EACH * 4))
            except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError):
                return
            for inner, value in options:
                yield from self.solve(inner, value, depth + 1)

    def _unaryop(self, node: Any, target: Any) -> Iterator[Any]:
        if isinstance(node.op, ast.USub):
            yield node.operand, -target
        elif isinstance(node.op, ast.Invert):
            yield node.operand, ~target

    def _binop(self, node: Any, target: Any) -> Iterator[Any]:
        left_ok, left = self.closed(node.left)
        right_ok, right = self.closed(node.right)
        op = type(node.op).__name__
        if right_ok and self.mentions(node.left):
            for value in _left_of(op, right, target):
                yield node.left, value
        elif left_ok and self.mentions(node.right):
            for value in _right_of(op, left, target):
                yield node.right, value
        elif op == "Mult" and ast.dump(node.left) == ast.dump(node.right) and isinstance(target, int) and target >= 0:
            root = math.isqrt(target)
            for value in (root, root + 1, -root):
                yield node.left, value
        elif isinstance(target, (str, list)) and op == "Add":
            for cut in range(min(len(target), 20) + 1):
                yield node.left, target[:cut]
                yield node.right, target[cut:]

    def _subscript(self, node: Any, target: Any) -> Iterator[Any]:
        base_ok, base = self.closed(node.value)
        if base_ok:
            if isinstance(node.slice, ast.Slice):
                return
            if isinstance(base, dict):
                yield from ((node.slice, key) for key, value in base.items() if value == target)
            else:
                places = [i for i, value in enumerate(base) if value == target]
                yield from ((node.slice, i) for i in places)
                yield from ((node.slice, i - len(base)) for i in places)
            return
        if isinstance(node.slice, ast.Slice):
            ok, step = self.closed(node.slice.step) if node.slice.step is not None else (True, 1)
            if ok and step == -1:
                yield node.value, target[::-1]
            elif ok and isinstance(target, (str, list)):
                yield node.value, target
                filler: Any = target[:1] or ("a" if isinstance(target, str) else [0])
                for low in range(4):
                    for high in range(3):
                        yield node.value, filler * low + target + filler * high
        else:
            ok, index = self.closed(node.slice)
            if ok and isinstance(index, int) and abs(index) < 1000:
                item = target if isinstance(target, str) else [target]
                yield node.value, item * (abs(index) + 1)

    def _call(self, node: Any, target: Any) -> Iterator[Any]:
        if isinstance(node.func, ast.Attribute):
            yield from self._method(node, target)
            return
        if not isinstance(node.func, ast.Name) or not node.args:
            return
        name, inner = node.func.id, node.args[0]
        if name == "str" and isinstance(target, str):
            yield from ((inner, value) for value in _read(target))
        elif name == "int":
            yield from ((inner, value) for value in (str(target), target, float(target), target + 0.5))
        elif name == "float":
            yield from ((inner, value) for value in (str(target), target))
        elif name == "len" and type(target) is int and 0 <= target < 10**6:
            yield inner, "a" * target
            yield inner, [0] * target
            yield inner, list(range(target))
        elif name == "sum":
            yield inner, [target]
            yield inner, [target, 0]
        elif name == "abs":
            yield inner, target
            yield inner, -target
        elif name in ("min", "max") and len(node.args) == 1:
            yield inner, [target]
        elif name in ("list", "tuple", "set", "sorted", "reversed", "frozenset"):
            values = list(target)
            yield inner, values[::-1] if name == "reversed" else values
            if values and all(isinstance(v, str) and len(v) == 1 for v in values):
                yield inner, "".join(values)
                if name == "sorted":
                    yield inner, _palindrome(values)
        elif name == "ord" and type(target) is int:
            yield inner, chr(target)
        elif name == "chr":
            yield inner, ord(target)
        elif name == "round":
            yield inner, target

    def _method(self, node: Any, target: Any) -> Iterator[Any]:
        name, base = node.func.attr, node.func.value
        args = [self.closed(arg) for arg in node.args]
        if self.mentions(base):
            given = [value for ok, value in args if ok]
            if name in ("upper", "lower", "strip", "title", "capitalize", "swapcase", "casefold", "copy"):
                yield base, target
                yield base, target.swapcase()
            elif name == "replace" and len(given) == 2:
                yield base, target.replace(given[1], given[0]) if given[1] else target
                yield base, target
            elif name == "split" and isinstance(target, list):
                yield base, (given[0] if given else " ").join(target)
            elif name == "join" and self.closed(node.args[0])[0]:
                parts = self.closed(node.args[0])[1]
                yield from ((base, sep) for sep in _separators(list(parts), target))
            elif name == "count" and given and type(target) is int and 0 <= target < 10**5:
                yield base, given[0] * target if isinstance(given[0], str) else [given[0]] * target
            elif name in ("index", "find") and given and type(target) is int and 0 <= target < 10**4:
                filler = next(c for c in "abcdefgh01 " if c not in given[0]) if isinstance(given[0], str) else None
                yield base, filler * target + given[0] if filler else [0] * target + [given[0]]
        elif node.args and self.mentions(node.args[0]):
            ok, value = self.closed(base)
            if not ok:
                return
            inner = node.args[0]
            if name == "join":
                yield from self._joined(inner, value, target)
            elif name in ("index", "find") and type(target) is int:
                yield inner, value[target]
                if isinstance(value, str):
                    yield from ((inner, value[target : target + n]) for n in range(2, 20))
            elif name == "count" and isinstance(value, str):
                parts = {value[i : i + n] for n in range(1, 8) for i in range(len(value))}
                yield from ((inner, p) for p in sorted(parts) if value.count(p) == target)
            elif name == "get" and isinstance(value, dict):
                yield from ((inner, k) for k, v in value.items() if v == target)

    def _joined(self, inner: Any, sep: Any, target: Any) -> Iterator[Any]:
        parts = target.split(sep) if sep else list(target)
        yield inner, parts

    def _listcomp(self, node: Any, target: Any) -> Iterator[Any]:
        """Item by item: the one value that gives each item of the target."""
        if len(node.generators) != 1 or node.generators[0].ifs or not isinstance(node.generators[0].target, ast.Name):
            return
        source, name = node.generators[0].iter, node.generators[0].target.id
        if not self.mentions(source) or self.mentions(node.elt):
            return
        items = [self._item(node.elt, name, value) for value in target]
        if all(item is not None for item in items):
            yield source, items
            if all(isinstance(item, str) for item in items):
                yield source, "".join(items)

    _generatorexp = _listcomp
    _setcomp = _listcomp

    def _item(self, node: Any, name: str, target: Any) -> Any:
        code = compile(ast.fix_missing_locations(ast.Expression(node)), "item", "eval")
        names = dict(self.material.names)
        letters = (chr(i) for i in range(32, 127))
        for probe in itertools.chain(self.material.alphabet(), letters, PROBES, self.material.values):
            names[name] = probe
            value = self.puzzle.run(lambda _: eval(code, names), None)
            if type(value) is type(target) and value == target:
                return probe
        return None


def _palindrome(values: Any) -> Any:
    half, middle = [], ""
    for value in dict.fromkeys(values):
        n = values.count(value)
        half += [value] * (n // 2)
        middle += value if n % 2 else ""
    return "".join(half) + middle + "".join(half[::-1])


def _read(text: str) -> Iterator[Any]:
    for kind in (int, float):
        try:
            yield kind(text)
        except ValueError:
            continue
    yield text
    if text.lower() in ("true", "false"):
        yield text.lower() == "true"


def _separators(parts: Any, target: Any) -> Iterator[Any]:
    if len(parts) > 1 and target.startswith(parts[0]) and target.endswith(parts[-1]):
        total = len(target) - sum(map(len, parts))
        n, rest = divmod(total, len(parts) - 1)
        if rest == 0 and n >= 0:
            yield target[len(parts[0]) : len(parts[0]) + n]


def _left_of(op: Any, right: Any, target: Any) -> Iterator[Any]:
    """``x`` with ``x op right == target``, candidates."""
    if op == "Add":
        if isinstance(target, (str, list)):
            if len(right) == 0 or target[-len(right) :] == right:
                yield target[: len(target) - len(right)]
        else:
            yield target - right
    elif op == "Sub":
        yield target + right
    elif op == "Mult":
        if isinstance(target, (str, list)):
            yield target[: len(target) // right]
        elif isinstance(target, int) and isinstance(right, int):
            yield target // right
        else:
            yield target / right
    elif op == "FloorDiv":
        yield from (target * right, target * right + right - 1)
    elif op == "Div":
        yield target * right
    elif op == "Mod":
        yield from (target + right * k for k in range(4))
    elif op == "Pow":
        yield from _roots(target, right)
    elif op == "BitXor":
        yield target ^ right
    elif op == "LShift":
        yield target >> right
    elif op == "RShift":
        yield target << right


def _right_of(op: Any, left: Any, target: Any) -> Iterator[Any]:
    """``x`` with ``left op x == target``, candidates."""
    if op == "Add":
        if isinstance(target, (str, list)):
            if target[: len(left)] == left:
                yield target[len(left) :]
        else:
            yield target - left
    elif op == "Sub":
        yield left - target
    elif op == "Mult":
        yield from _left_of(op, left, target)
    elif op == "FloorDiv":
        if target:
            yield from (left // target, left // (target + 1) + 1, left // target - 1)
    elif op == "Div":
        yield left / target
    elif op == "Mod":
        yield from (left - target, target + 1)
    elif op == "Pow":
        power = round(math.log(target, left)) if target > 0 and left > 1 else 0
        yield power
    elif op == "BitXor":
        yield left ^ target


def _roots(target: Any, power: Any) -> Iterator[Any]:
    if isinstance(target, int) and power == 2 and target >= 0:
        root = math.isqrt(target)
        yield from (root, -root, root + 1)
    if target >= 0 and power:
        yield float(target) ** (1 / power)
        yield -(float(target) ** (1 / power))
        yield round(float(target) ** (1 / power))
