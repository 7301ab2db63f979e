"""Names of tests that say what is tested: the function, and the condition or the outcome that makes the case its own.

Not covered: naming what a whole sequence of calls means.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

__all__ = ["condition_words", "name_test", "value_words"]

_LONGEST = 72
_COMPARED = {
    ast.Eq: "is", ast.NotEq: "is_not", ast.Lt: "is_under", ast.LtE: "is_at_most", ast.Gt: "is_over",
    ast.GtE: "is_at_least", ast.In: "is_in", ast.NotIn: "is_not_in", ast.Is: "is", ast.IsNot: "is_not",
}  # fmt: skip
_OPPOSITE = {
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Gt: ast.LtE, ast.GtE: ast.Lt,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
_SIGNS = {"": "empty_text", " ": "space", "-": "dash", ".": "dot", ",": "comma", "/": "slash", "_": "underscore",
          ":": "colon", "\n": "newline", "(": "bracket", "+": "plus", "*": "star"}  # fmt: skip


def condition_words(condition: ast.expr, taken: bool) -> str:
    """A condition in words joined by underscores, empty where there is no short way to say it.

    >>> condition_words(ast.parse("not xs", mode="eval").body, True)
    'xs_is_falsy'
    >>> condition_words(ast.parse("n % 2 == 0", mode="eval").body, False)
    'n_mod_2_is_not_0'
    """
    if isinstance(condition, ast.UnaryOp) and isinstance(condition.op, ast.Not):
        return condition_words(condition.operand, not taken)
    if isinstance(condition, ast.BoolOp):
        parts = [condition_words(value, taken) for value in condition.values]
        joins = isinstance(condition.op, ast.And) == taken
        return (" and " if joins else " or ").join(parts).replace(" ", "_") if all(parts) and len(parts) == 2 else ""
    if isinstance(condition, ast.Compare) and len(condition.ops) == 1:
        kind = type(condition.ops[0])
        left, right = _words(condition.left), _words(condition.comparators[0])
        word = _COMPARED[kind if taken else _OPPOSITE[kind]]
        return f"{left}_{word}_{right}" if left and right else ""
    if isinstance(condition, ast.Call) and ast.unparse(condition.func) == "isinstance" and len(condition.args) == 2:
        left, right = _words(condition.args[0]), _words(condition.args[1])
        return f"{left}_is_{'a' if taken else 'no'}_{right}" if left and right else ""
    if isinstance(condition, ast.Call) and isinstance(condition.func, ast.Attribute) and not condition.args:
        left, name = _words(condition.func.value), condition.func.attr
        return f"{left}_{name if taken else 'not_' + name}" if left else ""
    left = _words(condition)
    if isinstance(condition, ast.BinOp):
        return f"{left}_is_{'not_0' if taken else '0'}" if left else ""
    return f"{left}_is_{'truthy' if taken else 'falsy'}" if left else ""


def _words(node: ast.expr) -> str:
    if isinstance(node, ast.Name):
        return node.id.strip("_").lower()
    if isinstance(node, ast.Attribute):
        return node.attr.strip("_").lower()
    if isinstance(node, ast.Constant):
        return value_words(node.value) if not isinstance(node.value, str) or len(node.value) < 15 else ""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return f"minus_{_words(node.operand)}"
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and len(node.args) == 1:
        inside = _words(node.args[0])
        return f"{node.func.id.lower()}_{inside}" if inside else ""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod | ast.Add | ast.Sub):
        left, right = _words(node.left), _words(node.right)
        sign = {ast.Mod: "mod", ast.Add: "plus", ast.Sub: "minus"}[type(node.op)]
        return f"{left}_{sign}_{right}" if left and right else ""
    return ""


def value_words(value: object) -> str:
    """A value in words joined by underscores; a description where it is long.

    >>> [value_words(v) for v in (3, -2, "", [], None, True, "a-b", [1, 2])]
    ['3', 'minus_2', 'empty_text', 'empty_list', 'none', 'true', 'a_b', 'a_list_of_2']
    """
    if value is None or isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        text = repr(abs(value)).replace(".", "_point_").replace("e+", "e").replace("-", "minus_")
        return f"minus_{text}" if value < 0 else text if len(text) < 12 else "a_large_number"
    if isinstance(value, str):
        if value in _SIGNS:
            return _SIGNS[value]
        text = re.sub(r"\W+", "_", value, flags=re.ASCII).strip("_").lower()
        return text if 0 < len(text) <= 16 else "a_text"
    if isinstance(value, list | tuple | set | frozenset | dict):
        kind = type(value).__name__
        return f"empty_{kind}" if not value else f"a_{kind}_of_{len(value)}"
    return "a_value"


def name_test(entry: str, *, outcome: str, conditions: Sequence[str], inputs: Sequence[object], used: set[str]) -> str:
    """A name that no other test has.

    Args:
        entry: Dotted name of what is tested.
        outcome: ``returns`` with a word for the value, or ``raises`` with the exception's name.
        conditions: Words for conditions that this test meets, the one most its own first.
        inputs: The arguments, where no condition tells it apart.
        used: Names that are taken; the new one is added.
    """
    base = "test_" + "_".join(part.strip("_").lower() for part in entry.split("."))
    candidates = [f"{base}_{outcome}_when_{words}" for words in conditions if words]
    given = "_and_".join(value_words(value) for value in inputs[:3])
    if given:
        candidates.append(f"{base}_{outcome}_for_{given}")
    candidates.append(f"{base}_{outcome}")
    for name in candidates:
        clean = re.sub(r"_+", "_", re.sub(r"\W", "_", name))
        if clean not in used and len(clean) <= _LONGEST:
            used.add(clean)
            return clean
    clean = re.sub(r"_+", "_", re.sub(r"\W", "_", candidates[-1]))[: _LONGEST - 4]
    number = 2
    while f"{clean}_{number}" in used:
        number += 1
    used.add(f"{clean}_{number}")
    return f"{clean}_{number}"
