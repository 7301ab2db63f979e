"""A budget of steps instead of seconds: source rewritten so that it counts what it does and stops at a fixed count.

The same source on the same input takes the same number of ticks on every machine, so a run can be repeated exactly.
One tick is a call of a function of the source, a turn of a loop or of a comprehension; work that Python does in one go
is charged by size (``*``, ``**`` and ``<<`` by their result *before* it is computed, built-in functions and methods by
the container they read). The counter lives beside the program, which could reset it: ticks make results reproducible,
the limits of the executor make them safe.

Not covered: work inside other modules, generators that are advanced elsewhere, long integers read and printed.
"""

from __future__ import annotations

import ast
from functools import lru_cache

from unriddle.language.python import parse

__all__ = ["COUNTER", "ERROR", "with_ticks"]

COUNTER = "_ticks_left"
"""Name of the list of one number, the ticks left, in a rewritten program; who owns the program may set it anew."""

ERROR = "OutOfTicks"
"""Name of the exception that ends a rewritten program; it is no ``Exception``, so that few programs swallow it."""

_READERS = frozenset(
    ["sum", "sorted", "list", "set", "tuple", "dict", "frozenset", "all", "any", "min", "max", "reversed"]
)
"""Built-in functions that go through a whole container."""

_PRELUDE = """
class OutOfTicks(BaseException):
    pass


_ticks_left = [{n_ticks}]


def _tick(n=1, _left=_ticks_left):
    _left[0] -= n
    if _left[0] < 0:
        raise OutOfTicks("more than {n_ticks} steps")
    return True


def _tick_sized(x, _sized=(list, str, tuple, dict, set, frozenset, range, bytes)):
    if type(x) in _sized:
        _tick(len(x) // 16)
    return x


def _tick_cost_mul(a, b):
    if type(a) is int and type(b) is int:
        _tick((a.bit_length() + b.bit_length()) // 64)
    elif type(b) is int and hasattr(a, "__len__"):
        _tick(max(b, 0) * len(a) // 16)
    elif type(a) is int and hasattr(b, "__len__"):
        _tick(max(a, 0) * len(b) // 16)
    return b


def _tick_cost_pow(a, b):
    if type(a) is int and type(b) is int and b > 0:
        _tick(a.bit_length() * b // 64)
    return b


def _tick_cost_shift(a, b):
    if type(a) is int and type(b) is int and a:
        _tick((a.bit_length() + max(b, 0)) // 64)
    return b


def _tick_mul(a, b):
    return a * _tick_cost_mul(a, b)


def _tick_pow(a, b):
    return a ** _tick_cost_pow(a, b)


def _tick_shift(a, b):
    return a << _tick_cost_shift(a, b)
"""
_CHARGED = {ast.Mult: "mul", ast.Pow: "pow", ast.LShift: "shift"}


@lru_cache(maxsize=512)
def with_ticks(source: str, *, n_ticks: int = 10_000) -> str:
    """The source with a counter; it raises ``OutOfTicks`` after ``n_ticks`` steps.

    Args:
        source: A whole program.
        n_ticks: Steps it may take, from loading on.

    Raises:
        BadProblem: The source is not Python.

    >>> names = {}
    >>> exec(with_ticks("def f(n):\\n    return [i for i in range(n)]", n_ticks=50), names)
    >>> len(names["f"](20)), names["_ticks_left"]
    (20, [29])
    """
    tree = _Counted().visit(parse(source))
    first = 1 if tree.body and _is_text(tree.body[0]) else 0
    while first < len(tree.body) and _is_future(tree.body[first]):
        first += 1
    tree.body[first:first] = ast.parse(_PRELUDE.replace("{n_ticks}", str(n_ticks))).body
    return ast.unparse(ast.fix_missing_locations(tree)) + "\n"


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _call(name: str, *args: ast.expr) -> ast.Call:
    return ast.Call(ast.Name(name, ast.Load()), list(args), [])


class _Counted(ast.NodeTransformer):
    """Puts a tick at the top of every function, loop and comprehension, and charges what works by size."""

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        self.generic_visit(node)
        at = 1 if _is_text(node.body[0]) else 0
        node.body.insert(at, ast.Expr(_call("_tick")))
        return node

    def _loop(self, node: ast.For | ast.While) -> ast.AST:
        self.generic_visit(node)
        node.body.insert(0, ast.Expr(_call("_tick")))
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def visit_For(self, node: ast.For) -> ast.AST:
        return self._loop(node)

    def visit_While(self, node: ast.While) -> ast.AST:
        return self._loop(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self.generic_visit(node)
        node.body = ast.BoolOp(ast.And(), [_call("_tick"), node.body])
        return node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        node.ifs.insert(0, _call("_tick"))
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        name = _CHARGED.get(type(node.op))
        return _call(f"_tick_{name}", node.left, node.right) if name else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        name = _CHARGED.get(type(node.op))
        if name and isinstance(node.target, ast.Name):  # not rewritten as a product: ``*=`` must change that very list
            node.value = _call(f"_tick_cost_{name}", ast.Name(node.target.id, ast.Load()), node.value)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute):
            node.func.value = self._read(node.func.value)
        elif isinstance(node.func, ast.Name) and node.func.id in _READERS:
            node.args = [arg if isinstance(arg, ast.Starred) else self._read(arg) for arg in node.args]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        pairs = zip(node.ops, node.comparators, strict=True)
        node.comparators = [self._read(side) if isinstance(op, ast.In | ast.NotIn) else side for op, side in pairs]
        return node

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        """An integer too long for Python's decimal printer is written in hexadecimal."""
        if type(node.value) is int and node.value.bit_length() > 10_000:
            return ast.Name(hex(node.value), ast.Load())
        return node

    def _read(self, node: ast.expr) -> ast.expr:
        """Charge for reading a container; nothing to count where the source shows that it is none."""
        if isinstance(node, ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp | ast.Constant | ast.List):
            return node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super":
            return node
        return _call("_tick_sized", node)
