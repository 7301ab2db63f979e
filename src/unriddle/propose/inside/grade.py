"""A verifier rewritten so that it says how far a value is from being accepted, not only whether it is.

Comparisons become distances, ``and`` and ``all`` sums, ``or`` and ``any`` minima; an ``assert`` that fails adds its
distance and the verifier goes on, as does an ``if`` that only returns ``False``. Each statement and each part of a
conjunction is a site of its own. Not covered: helper functions, whose answers count as they are.
"""

from __future__ import annotations

import ast
import math
from collections import Counter
from collections.abc import Callable
from itertools import islice
from typing import Any

__all__ = ["Meter", "rewrite"]

MAX_ITEMS = 4000


class Stop(BaseException):
    """The verifier took too many steps."""


class Meter:
    """Sums the distances of one run, and remembers what was compared."""

    def __init__(self) -> None:
        self.sites: dict[int, float] = {}
        self.pairs: list[tuple[Any, Any]] | None = None
        self.steps = 0
        self.max_steps = 200_000

    def start(self) -> None:
        """Forget the last run."""
        self.sites = {}
        self.steps = 0

    def add(self, site: int, distance: Any) -> Any:
        """Count a distance at a site."""
        self.sites[site] = self.sites.get(site, 0.0) + distance
        return distance

    def tick(self) -> bool:
        """One more step of a loop."""
        self.steps += 1
        if self.steps > self.max_steps:
            raise Stop
        return True

    def note(self, left: Any, right: Any) -> None:
        """Remember two values that were compared."""
        if self.pairs is not None and len(self.pairs) < 400:
            self.pairs.append((left, right))

    def compare(self, operators: Any, operands: Any) -> Any:
        """Distance of a chained comparison; the operands come as functions, computed one after the other."""
        total, left = 0.0, operands[0]()
        for operator, operand in zip(operators, operands[1:]):
            right = operand()
            self.note(left, right)
            total += _DISTANCES[operator](left, right)
            left = right
        return total

    def both(self, parts: Any) -> Any:
        """Distance of a conjunction: each part that cannot be computed counts as far away."""
        total, failed = 0.0, False
        for part in parts:
            try:
                total += part()
            except Stop:
                raise
            except Exception:
                if not failed and total == 0:
                    total += 2.0
                total += 1.0
                failed = True
        return total

    def either(self, parts: Any) -> Any:
        """Distance of a disjunction."""
        best = math.inf
        for part in parts:
            best = min(best, part())
            if best == 0:
                break
        return best

    def every(self, values: Any) -> Any:
        """Distance of ``all`` over distances: their sum, however many there are."""
        total = 0.0
        for i, value in enumerate(values):
            total += value
            if i > MAX_ITEMS:
                raise Stop
        return total

    def some(self, values: Any) -> Any:
        """Distance of ``any`` over distances."""
        return min(islice(values, MAX_ITEMS), default=2.0)


def squeeze(distance: Any) -> float:
    """A number of any size as a distance below 1 that still grows with it."""
    if distance != distance:
        return 1.0
    if distance == 0:
        return 0.0
    try:
        d = float(distance)
        grown = math.log1p(d) if d < 1e300 else 700.0
    except OverflowError:
        grown = math.log(distance)
    return 0.02 + 0.98 * grown / (grown + 4.0)


def equal(a: Any, b: Any) -> float:
    """Distance of two values from being equal."""
    if a == b:
        return 0.0
    kind = type(a)
    if kind in _NUMBERS and type(b) in _NUMBERS:
        return squeeze(abs(a - b))
    if kind is str and type(b) is str:
        return _texts(a, b)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return _lists(a, b)
    if isinstance(a, (set, frozenset)) and isinstance(b, (set, frozenset)):
        return 0.2 * min(len(a ^ b), 40) + 0.001 * len(a ^ b)
    if isinstance(a, dict) and isinstance(b, dict):
        return 0.2 * sum(1 for key in {*a, *b} if key not in a or key not in b or a[key] != b[key])
    return 1.0


def _texts(a: Any, b: Any) -> float:
    n = max(len(a), len(b))
    wrong = sum(1 for x, y in zip(a, b) if x != y)
    near = sum(min(abs(ord(x) - ord(y)), 50) for x, y in zip(a, b)) / 5000
    if len(a) == len(b):
        return 0.05 + 0.3 * wrong + near
    prefix = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
    apart = abs(len(a) - len(b))
    return min(0.1 + 0.3 * (wrong + apart) + near, 0.2 + 0.3 * (n - prefix))


def _lists(a: Any, b: Any) -> float:
    if len(a) > MAX_ITEMS or len(b) > MAX_ITEMS:
        return 1.0 + squeeze(abs(len(a) - len(b)))
    apart = abs(len(a) - len(b))
    place = apart + sum(0.5 + 0.5 * min(1.0, equal(x, y)) for x, y in zip(a, b) if x != y)
    try:
        have, want = Counter(map(_frozen, a)), Counter(map(_frozen, b))
        missing = sum((have - want).values()) + sum((want - have).values())
    except TypeError:
        missing = math.ceil(place)
    return 0.05 + 0.1 * min(place, 200) + 0.1 * min(missing, 200)


def _frozen(value: Any) -> Any:
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def different(a: Any, b: Any) -> float:
    """Distance from being different."""
    return 1.0 if a == b else 0.0


def less(a: Any, b: Any) -> float:
    """Distance from ``a < b``."""
    if a < b:
        return 0.0
    if type(a) in _NUMBERS and type(b) in _NUMBERS:
        return squeeze(abs(a - b) + (1 if type(a) is int else 1e-9))
    if isinstance(a, (set, frozenset)):
        return 0.1 + 0.2 * len(a - b)
    return 1.0


def at_most(a: Any, b: Any) -> float:
    """Distance from ``a <= b``."""
    if a <= b:
        return 0.0
    if type(a) in _NUMBERS and type(b) in _NUMBERS:
        return squeeze(abs(a - b))
    if isinstance(a, (set, frozenset)):
        return 0.1 + 0.2 * len(a - b)
    return 1.0


def inside(a: Any, box: Any) -> float:
    """Distance from ``a in box``."""
    if a in box:
        return 0.0
    if isinstance(box, str):
        return _substring(a, box)
    if isinstance(box, range):
        if type(a) is not int:
            return 1.0
        return 0.02 + squeeze(min(abs(a - box.start), abs(a - box.stop + 1))) if len(box) else 1.0
    if isinstance(box, (list, tuple, set, frozenset)) and 0 < len(box) <= 300:
        return 0.02 + min(min(1.0, equal(a, item)) for item in box) * 0.98
    return 1.0


def _substring(a: Any, box: Any) -> float:
    n = len(a)
    if n == 0:
        return 0.0
    longest = 0
    for i in range(n):
        while i + longest < n and a[i : i + longest + 1] in box:
            longest += 1
    return 0.1 + 0.9 * (1 - longest / n)


def same(a: Any, b: Any) -> float:
    """Distance from ``a is b``."""
    return 0.0 if a is b else 1.0


_NUMBERS = (int, float, bool)
_DISTANCES: dict[str, Callable[[Any, Any], float]] = {
    "Eq": equal,
    "NotEq": different,
    "Lt": less,
    "LtE": at_most,
    "Gt": lambda a, b: less(b, a),
    "GtE": lambda a, b: at_most(b, a),
    "In": inside,
    "NotIn": lambda a, b: 1.0 if a in b else 0.0,
    "Is": same,
    "IsNot": lambda a, b: 1.0 if a is b else 0.0,
}
_NEGATED = {
    "Eq": "NotEq", "NotEq": "Eq", "Lt": "GtE", "GtE": "Lt", "Gt": "LtE", "LtE": "Gt", "In": "NotIn", "NotIn": "In",
    "Is": "IsNot", "IsNot": "Is",
}  # fmt: skip


def rewrite(source: str, entry: str = "sat", meter: str = "__meter") -> Any:
    """The module as a syntax tree, its verifier turned into one that feeds the object named ``meter``."""
    tree = ast.parse(source)
    for i, node in enumerate(tree.body):
        if isinstance(node, ast.FunctionDef) and node.name == entry:
            tree.body[i] = _Rewriter(meter).verifier(node)
    return ast.fix_missing_locations(tree)


class _Rewriter:
    def __init__(self, meter: str) -> None:
        self.meter, self.n_sites, self.depth = meter, 0, 0

    def verifier(self, node: Any) -> Any:
        node.returns = None
        node.body = [*self.block(node.body), self.add(ast.Constant(1.5))]
        return node

    def block(self, body: list[Any]) -> Any:
        return [new for statement in body for new in self.statement(statement)]

    def statement(self, node: Any) -> Any:
        if isinstance(node, ast.Assert):
            return self.conjuncts(node.test)
        if isinstance(node, ast.Return):
            value = node.value or ast.Constant(None)
            return [*self.conjuncts(value), ast.Return(ast.Constant(None))]
        if isinstance(node, ast.If):
            if _only_false(node.body) and not node.orelse:
                return self.conjuncts(ast.UnaryOp(ast.Not(), node.test))
            if _only_false(node.orelse):
                return [*self.conjuncts(node.test), *self.block(node.body)]
            node.body, node.orelse = self.block(node.body), self.block(node.orelse)
        elif isinstance(node, (ast.For, ast.While)):
            node.body = [ast.Expr(self.call("tick")), *self.block(node.body)]
            node.orelse = self.block(node.orelse)
        elif isinstance(node, ast.With):
            node.body = self.block(node.body)
        elif isinstance(node, ast.FunctionDef):
            for inner in ast.walk(node):
                if isinstance(inner, (ast.For, ast.While)):
                    inner.body.insert(0, ast.Expr(self.call("tick")))
        return [node]

    def conjuncts(self, test: Any) -> Any:
        """One statement for each part of a conjunction."""
        if isinstance(test, ast.BoolOp) and isinstance(test.op, ast.And) and len(test.values) > 1:
            return [self.guarded(part) for part in test.values]
        return [self.add(self.distance(test))]

    def guarded(self, test: Any) -> Any:
        return self.add(self.call("both", ast.List([_lazy(self.distance(test))], ast.Load())))

    def add(self, distance: Any) -> Any:
        self.n_sites += 1
        return ast.Expr(self.call("add", ast.Constant(self.n_sites), distance))

    def call(self, name: str, *args: Any) -> Any:
        return ast.Call(ast.Attribute(ast.Name(self.meter, ast.Load()), name, ast.Load()), list(args), [])

    def distance(self, node: Any, negated: bool = False) -> Any:
        """An expression for how far ``node`` is from being true, or from being false."""
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return self.distance(node.operand, not negated)
        if isinstance(node, ast.BoolOp):
            parts = ast.List([_lazy(self.distance(part, negated)) for part in node.values], ast.Load())
            return self.call("both" if isinstance(node.op, ast.And) is not negated else "either", parts)
        if isinstance(node, ast.Compare):
            names = [type(op).__name__ for op in node.ops]
            if negated and len(names) > 1:
                return ast.IfExp(node, ast.Constant(1.0), ast.Constant(0.0))
            names = [_NEGATED[name] for name in names] if negated else names
            operands = [_lazy(part) for part in [node.left, *node.comparators]]
            texts = ast.Tuple([ast.Constant(name) for name in names], ast.Load())
            return self.call("compare", texts, ast.Tuple(operands, ast.Load()))
        if isinstance(node, ast.IfExp):
            return ast.IfExp(node.test, self.distance(node.body, negated), self.distance(node.orelse, negated))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("all", "any"):
            inner = node.args[0] if len(node.args) == 1 and not node.keywords else None
            if isinstance(inner, (ast.GeneratorExp, ast.ListComp)):
                made = ast.GeneratorExp(self.distance(inner.elt, negated), self.ticking(inner.generators))
                return self.call("every" if (node.func.id == "all") is not negated else "some", made)
        truth, lie = ast.Constant(0.0), ast.Constant(1.0)
        return ast.IfExp(node, lie, truth) if negated else ast.IfExp(node, truth, lie)

    def ticking(self, generators: Any) -> Any:
        last = generators[-1]
        more = ast.comprehension(last.target, last.iter, [self.call("tick"), *last.ifs], 0)
        return [*generators[:-1], more]


def _lazy(expression: Any) -> Any:
    nothing = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
    return ast.Lambda(nothing, expression)


def _only_false(body: list[Any]) -> bool:
    return (
        len(body) == 1
        and isinstance(body[0], ast.Return)
        and (isinstance(body[0].value, ast.Constant) and body[0].value.value is False)
    )
