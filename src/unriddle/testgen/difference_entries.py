"""What two programs have in common, where they differ, and which of their functions are worth comparing.

Read from the syntax trees. Not covered: functions made while the program runs, and names that mean different things
through ``import *``.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from unriddle.errors import BadInput, shorten
from unriddle.language.python import parse
from unriddle.testgen.draw import Pool
from unriddle.testgen.inputs import harvest

__all__ = ["affected_entries", "difference_pool", "reachable", "same_program"]

_Named = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def same_program(p: str, q: str) -> bool:
    """Whether the programs differ in comments, layout and texts that stand alone at most.

    Raises:
        BadProblem: A program cannot be read.

    >>> same_program("def f(x):\\n    return x + 1", "def f(x):  # one more\\n    'Doc.'\\n    return (x + 1)")
    True
    """
    return _print(parse(p)) == _print(parse(q))


def affected_entries(p: str, q: str) -> list[str]:
    """Functions and classes that both define and whose meaning may differ, those that nothing else of them uses.

    A helper that differs counts through what calls it. Where nothing differs, the last common function.

    Raises:
        BadProblem: A program cannot be read.
        BadInput: They have no function or class in common.

    >>> affected_entries("def g(x): return x\\ndef f(x): return g(x)", "def g(x): return -x\\ndef f(x): return g(x)")
    ['f']
    """
    one, two = _definitions(p), _definitions(q)
    common = [name for name in one if name in two and not name.startswith("__")]
    if not common:
        have = [", ".join(names) or "none" for names in (one, two)]
        raise BadInput(
            f"diff: the programs have no function or class in common; the first defines {shorten(have[0], 200)}, the "
            f"second {shorten(have[1], 200)}; rename one"
        )
    changed = {name for name in common if _print(one[name]) != _print(two[name])}
    changed |= set(one).symmetric_difference(two)
    if _rest(p) != _rest(q):
        changed |= set(common)
    calls = {name: _names(one.get(name)) | _names(two.get(name)) for name in {*one, *two}}
    affected = {name for name in common if _reach(name, calls) & changed}
    used = {inner for name in affected for inner in _reach(name, calls) - {name} if name not in _reach(inner, calls)}
    roots = [name for name in common if name in affected and name not in used]
    return roots or [name for name in common if name in affected] or common[-1:]


def difference_pool(p: str, q: str) -> Pool:
    """Constants of both programs for drawing; numbers in lines that only one of them has, and their neighbours, first.

    >>> difference_pool("def f(x): return x > 3", "def f(x): return x > 5")["int"]
    [3, 2, 4, 5, 6]
    """
    pool = {name: list(values) for name, values in harvest([p, q]).items()}
    one, two = Counter(_lines(p)), Counter(_lines(q))
    changed = list((one - two) + (two - one))
    for name, values in harvest(changed).items():
        near = [v for c in values for v in ((c, c - 1, c + 1) if name in ("int", "float") else (c,))]
        pool[name] = [*near, *pool.get(name, ())]
    return {name: list({(type(v), repr(v)): v for v in values}.values()) for name, values in pool.items()}


def reachable(source: str, entry: str) -> set[str]:
    """Names of the definitions at the top that the entry is, or uses through others too.

    Raises:
        BadProblem: The source cannot be read.
    """
    return _reach(entry.partition(".")[0], {name: _names(node) for name, node in _definitions(source).items()})


def _lines(source: str) -> Iterator[str]:
    """Statements without what stands inside them, as text that can be read again."""
    for node in ast.walk(parse(source)):
        if isinstance(node, (ast.If, ast.While)):
            yield ast.unparse(node.test)
        elif isinstance(node, (ast.For, ast.AsyncFor)):
            yield ast.unparse(node.iter)
        elif isinstance(node, ast.stmt) and not hasattr(node, "body") and not isinstance(node, (ast.Return, ast.Expr)):
            yield ast.unparse(node)
        elif isinstance(node, (ast.Return, ast.Expr)) and node.value is not None:
            yield ast.unparse(node.value)


def _definitions(source: str) -> dict[str, ast.stmt]:
    return {node.name: node for node in parse(source).body if isinstance(node, _Named)}


def _rest(source: str) -> str:
    """What stands at the top besides definitions, imports and what runs as a script only."""
    kept = [n for n in parse(source).body if not isinstance(n, (*_Named, ast.Import, ast.ImportFrom, ast.Expr))]
    return "\n".join(ast.dump(n) for n in kept if not (isinstance(n, ast.If) and "__name__" in _names(n)))


def _print(node: ast.AST) -> str:
    """The tree as text, without texts that stand alone."""
    for inner in ast.walk(node):
        body = getattr(inner, "body", None)
        if isinstance(body, list):
            inner.body = [n for n in body if not _stands_alone(n)]  # type: ignore[attr-defined]
    return ast.dump(node)


def _stands_alone(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _names(node: ast.AST | None) -> set[str]:
    return set() if node is None else {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}


def _reach(name: str, calls: dict[str, set[str]]) -> set[str]:
    """The definition and all that it uses, through others too."""
    found, stack = {name}, [name]
    while stack:
        for inner in calls.get(stack.pop(), set()) & calls.keys() - found:
            found.add(inner)
            stack.append(inner)
    return found
