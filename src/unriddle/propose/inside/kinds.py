"""Types of answers: what they are made of, whether a value fits, and the simplest values.

Not covered: unions beyond their first member.
"""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["Kind"]

_SIMPLE = {"int": int, "float": float, "bool": bool, "str": str, "bytes": bytes, "complex": complex, "None": type(None)}


class Kind:
    """A type by its name and its parts (``list`` of ``int``)."""

    def __init__(self, name: str, parts: Any = ()) -> None:
        self.name, self.parts = name, tuple(parts)

    @staticmethod
    def read(annotation: str) -> Any:
        """The type an annotation names."""
        return Kind._of(ast.parse(annotation.strip(), mode="eval").body)

    @staticmethod
    def _of(node: Any) -> Any:
        if isinstance(node, ast.Subscript):
            inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
            name = Kind._of(node.value).name
            if name in ("optional", "union"):
                return Kind._of(inner[0])
            inner = [part for part in inner if not (isinstance(part, ast.Constant) and part.value is ...)]
            return Kind(name, [Kind._of(part) for part in inner])
        if isinstance(node, ast.BinOp):
            return Kind._of(node.left)
        if isinstance(node, ast.Constant):
            return Kind("None" if node.value is None else str(node.value))
        name = node.attr if isinstance(node, ast.Attribute) else node.id
        return Kind(name if name in _SIMPLE else name.lower())

    def __str__(self) -> str:
        return self.name + (f"[{', '.join(map(str, self.parts))}]" if self.parts else "")

    @property
    def item(self) -> Kind:
        """Type of a list's or set's items."""
        return self.parts[0] if self.parts else Kind("int")

    @property
    def listed(self) -> bool:
        """Whether it is a list of something."""
        return self.name == "list"

    def fits(self, value: Any) -> bool:
        """Whether the value has exactly this type."""
        if self.name in _SIMPLE:
            return type(value) is _SIMPLE[self.name]
        if self.name == "any":
            return True
        box = {"list": list, "set": set, "frozenset": frozenset, "tuple": tuple, "dict": dict}.get(self.name)
        if box is None or type(value) is not box:
            return False
        if not self.parts:
            return True
        if box is dict:
            return all(self.parts[0].fits(k) and self.parts[1].fits(v) for k, v in value.items())
        if box is tuple and len(self.parts) > 1:
            return len(value) == len(self.parts) and all(p.fits(v) for p, v in zip(self.parts, value))
        return all(self.parts[0].fits(item) for item in value)

    def cast(self, value: Any) -> Any:
        """The value, or one made of it, that has this type; ``None`` where there is no natural one."""
        if self.fits(value):
            return value
        try:
            return self._cast(value)
        except (ValueError, TypeError, OverflowError):
            return None

    def _cast(self, value: Any) -> Any:
        if self.name in ("int", "float") and isinstance(value, (int, float)):
            made = int(value) if self.name == "int" else float(value)
            return made if made == value or self.name == "int" else None
        if self.name == "str" and type(value) is int:
            return str(value)
        if self.name == "int" and type(value) is str and len(value) < 4000:
            return int(value)
        if self.name == "str" and isinstance(value, (list, tuple)) and all(type(v) is str for v in value):
            return "".join(value)
        boxes = (list, tuple, set, frozenset, range, dict, str)
        if self.name in ("list", "set", "tuple") and isinstance(value, boxes) and len(value) <= 100_000:
            return self._filled(value)
        return None

    def _filled(self, value: Any) -> Any:
        """A box of this type with the value's items, each cast."""
        items = sorted(value) if isinstance(value, (set, frozenset)) else list(value)
        if self.name == "tuple" and len(self.parts) > 1:
            if len(items) != len(self.parts):
                return None
            made = [part.cast(item) for part, item in zip(self.parts, items)]
        else:
            made = [self.item.cast(item) for item in items]
        if any(item is None for item in made):
            return None
        return made if self.name == "list" else set(made) if self.name == "set" else tuple(made)

    def simplest(self) -> list[Any]:
        """The first values one would try."""
        if self.name in ("list", "set", "tuple", "frozenset"):
            if self.name == "tuple" and len(self.parts) > 1:
                return [tuple(part.simplest()[0] for part in self.parts)]
            box = {"list": list, "set": set, "tuple": tuple, "frozenset": frozenset}[self.name]
            few = self.item.simplest()[:4]
            return [box()] + [
                box([value] * n) for n in (1, 2, 3, 4, 5) for value in few if self.name == "list" or n == 1
            ]
        few_of: dict[str, list[Any]] = {
            "int": [0, 1, 2, -1, 3, 10, 100, -2], "float": [0.0, 1.0, -1.0, 0.5, 2.0], "bool": [True, False],
            "str": ["", "a", " ", "b", "0", "1", "aa", "ab"], "bytes": [b"", b"a"], "complex": [0j, 1j],
            "dict": [{}], "None": [None],
        }  # fmt: skip
        return few_of.get(self.name, [0, "", [], True])
