"""Whether a plain value has exactly the type an annotation names (as the puzzles of P3 ask).

``bool`` is not ``int`` and ``int`` is not ``float``. Covered: the names int, float, bool, str, bytes, complex, None
and Any; List, Set, FrozenSet, Tuple, Dict, Optional, Union in typing or built-in spelling, and ``X | Y``.
"""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Any

from unriddle.errors import BadProblem

__all__ = ["check_annotation", "has_type"]

_SIMPLE = {"int": int, "float": float, "bool": bool, "str": str, "bytes": bytes, "complex": complex}
_BOXES = {"list": list, "set": set, "frozenset": frozenset, "tuple": tuple, "dict": dict}


def has_type(value: Any, annotation: str) -> bool:
    """Whether ``value`` has the annotated type, exactly and at every level.

    Raises:
        BadProblem: The annotation is not one of those covered.

    >>> has_type(True, "int"), has_type([], "List[int]"), has_type((1, 2.0), "Tuple[int, float]")
    (False, True, True)
    """
    return _matches(value, _parse(annotation))


def check_annotation(annotation: str) -> None:
    """Nothing, if ``has_type`` understands the annotation.

    Raises:
        BadProblem: It does not.
    """
    _matches(None, _parse(annotation))


@lru_cache(maxsize=1024)
def _parse(annotation: str) -> ast.expr:
    try:
        node = ast.parse(annotation.strip(), mode="eval").body
    except (SyntaxError, ValueError) as error:
        raise BadProblem(f"annotation {annotation!r} cannot be read; expected a type such as List[int]") from error
    _validate(node, annotation)
    return node


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Constant):
        return "None" if node.value is None else ""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def _arguments(node: ast.Subscript) -> list[ast.expr]:
    return list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]


def _is_dots(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is ...


def _validate(node: ast.expr, annotation: str) -> None:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        _validate(node.left, annotation)
        _validate(node.right, annotation)
        return
    name = _name(node.value if isinstance(node, ast.Subscript) else node)
    known = name in _SIMPLE or name in ("None", "Any") or name.lower() in _BOXES
    if isinstance(node, ast.Subscript):
        known = name.lower() in _BOXES or name in ("Optional", "Union")
        parts = _arguments(node)
        many = name.lower() == "tuple" and len(parts) == 2 and _is_dots(parts[1])
        for part in parts[:1] if many else parts:
            _validate(part, annotation)
    if not known:
        raise BadProblem(
            f"annotation {annotation!r} is not supported at {ast.unparse(node)!r}; use int, float, bool, str, bytes, "
            "complex, None, Any, List, Set, FrozenSet, Tuple, Dict, Optional or Union"
        )


def _matches(value: Any, node: ast.expr) -> bool:
    if isinstance(node, ast.BinOp):
        return _matches(value, node.left) or _matches(value, node.right)
    if isinstance(node, ast.Subscript):
        return _matches_box(value, _name(node.value), _arguments(node))
    name = _name(node)
    if name == "Any":
        return True
    if name == "None":
        return value is None
    return type(value) is (_SIMPLE.get(name) or _BOXES[name.lower()])


def _matches_box(value: Any, name: str, parts: list[ast.expr]) -> bool:
    if name == "Optional":
        return value is None or _matches(value, parts[0])
    if name == "Union":
        return any(_matches(value, part) for part in parts)
    box = _BOXES[name.lower()]
    if type(value) is not box:
        return False
    if box is dict:
        return len(parts) == 2 and all(_matches(k, parts[0]) and _matches(v, parts[1]) for k, v in value.items())
    if box is tuple:
        if len(parts) == 2 and _is_dots(parts[1]):
            return all(_matches(item, parts[0]) for item in value)
        return len(value) == len(parts) and all(_matches(v, p) for v, p in zip(value, parts, strict=True))
    return all(_matches(item, parts[0]) for item in value)
