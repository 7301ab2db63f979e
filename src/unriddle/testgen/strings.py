"""Strings that match the regular expressions a program is written with: random texts never do.

Expressions are found as literals of ``re`` calls; strings are drawn from their syntax tree. Not covered: look-arounds
and back references, which are drawn as if they were not there, so that some strings do not match.
"""

from __future__ import annotations

import ast
import importlib
import re
import string
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from unriddle.errors import BadProblem
from unriddle.language.python import parse

__all__ = ["matching_strings", "patterns_in"]

_CALLS = frozenset({"compile", "match", "search", "fullmatch", "sub", "subn", "split", "findall", "finditer"})
_LETTERS = string.ascii_lowercase + string.digits
_CATEGORIES = {
    "CATEGORY_DIGIT": string.digits, "CATEGORY_SPACE": " \t\n", "CATEGORY_WORD": _LETTERS + "_",
    "CATEGORY_NOT_DIGIT": string.ascii_letters, "CATEGORY_NOT_SPACE": _LETTERS, "CATEGORY_NOT_WORD": " -.,/",
}  # fmt: skip
_MOST = 4
"""Repetitions drawn where an expression allows any number."""


def patterns_in(source: str) -> list[tuple[str, int]]:
    """Expressions (with their flags) that stand as literals in calls of ``re``, in order; those that cannot be read
    are left out.

    >>> patterns_in("import re\\nX = re.compile('[ab]+c', re.I)\\n")
    [('[ab]+c', 2)]
    """
    try:
        tree = parse(source)
    except BadProblem:
        return []
    texts: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and (text := _folded(node.value, texts)) is not None:
            texts |= {target.id: text for target in node.targets if isinstance(target, ast.Name)}
    found: dict[tuple[str, int], None] = {}
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _CALLS
            and node.args
        ):
            text = _folded(node.args[0], texts)
            if text is not None and len(text) > 1:
                flags = _flags(node)
                try:
                    re.compile(text, flags)
                except (re.error, ValueError, OverflowError, RecursionError):
                    continue
                found[text, flags] = None
    return list(found)


def _folded(node: ast.expr, texts: dict[str, str]) -> str | None:
    """A text written as a literal, a name of one, several joined by ``+``, or one that a function was given (which
    mostly gives back something like it: a wrong guess is found out when no string matches).
    """
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = _folded(node.left, texts), _folded(node.right, texts)
        return left + right if left is not None and right is not None else None
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords and isinstance(node.func, ast.Name):
        return _folded(node.args[0], texts)
    return texts.get(node.id) if isinstance(node, ast.Name) else None


def _flags(node: ast.Call) -> int:
    value = 0
    for name in re.findall(r"\bre\.([A-Z]+)\b", ast.unparse(node)):
        flag = getattr(re, name, 0)
        value |= int(flag) if isinstance(flag, re.RegexFlag) else 0
    return value & int(re.I | re.M | re.S | re.X | re.A)


def matching_strings(pattern: str, *, n: int, rng: np.random.Generator, flags: int = 0) -> list[str]:
    """At most ``n`` distinct strings in which the expression is found.

    >>> rng = np.random.default_rng(0)
    >>> all(re.search("^(%[a-f0-9]{2})+$", s) for s in matching_strings("^(%[a-f0-9]{2})+$", n=5, rng=rng))
    True
    """
    tree = importlib.import_module("re._parser").parse(pattern, flags)
    compiled = re.compile(pattern, flags)
    found: dict[str, None] = {}
    for _ in range(6 * n):
        text = "".join(_draw(tree, rng))[:200]
        if compiled.search(text):
            found[text] = None
        if len(found) == n:
            break
    return list(found)


def _draw(tree: Any, rng: np.random.Generator) -> Iterator[str]:
    for operator, argument in tree:
        name = str(operator)
        if name == "LITERAL":
            yield chr(argument)
        elif name == "NOT_LITERAL":
            yield _one([c for c in _LETTERS if ord(c) != argument], rng)
        elif name == "ANY":
            yield _one(_LETTERS, rng)
        elif name == "IN":
            yield _one(_members(argument), rng)
        elif name == "BRANCH":
            yield from _draw(_one(argument[1], rng), rng)
        elif name in ("SUBPATTERN", "ATOMIC_GROUP"):
            yield from _draw(argument[-1] if name == "SUBPATTERN" else argument, rng)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, high, inside = argument
            for _ in range(int(rng.integers(low, min(int(high), low + _MOST) + 1))):
                yield from _draw(inside, rng)


def _members(items: Sequence[Any]) -> list[str]:
    """Letters of a class; of a negated one, usual letters that are not in it."""
    found: list[str] = []
    negated = False
    for operator, argument in items:
        name = str(operator)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found.append(chr(argument))
        elif name == "RANGE":
            low, high = argument
            found += [chr(c) for c in range(low, min(high, low + 60) + 1)]
        elif name == "CATEGORY":
            found += _CATEGORIES.get(str(argument), _LETTERS)
    if negated:
        return [c for c in _LETTERS + " .,-" if c not in found] or ["~"]
    return found or ["a"]


def _one(values: Any, rng: np.random.Generator) -> Any:
    return values[int(rng.integers(len(values)))]
