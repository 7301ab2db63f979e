"""What kind of value a parameter takes, read from its annotation or from values it was given.

A ``Kind`` is a small tree: a name and the kinds inside it. Annotations are read as text and never evaluated. Not
covered: classes of the program, type variables and callables; they become ``any``.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["ANY", "Kind", "fits", "kind_of_annotation", "kind_of_values", "merge"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value.

    Args:
        name: ``int``, ``float``, ``bool``, ``str``, ``bytes``, ``complex``, ``none``, ``any``; ``list``, ``set``,
            ``frozenset``, ``deque`` (one kind inside), ``dict`` (key, value), ``tuple`` (any length, one kind
            inside), ``row`` (a tuple of fixed length), ``either`` (one of the kinds inside) or ``literal``.
        inside: The kinds inside.
        values: The values of a ``literal``.
    """

    name: str
    inside: tuple[Kind, ...] = ()
    values: tuple[Any, ...] = ()

    @property
    def vague(self) -> bool:
        """Whether ``any`` stands somewhere in it."""
        return self.name == "any" or any(kind.vague for kind in self.inside)


ANY = Kind("any")

_SIMPLE = {name: name for name in ("int", "float", "bool", "str", "bytes", "complex")}
_SIMPLE |= {"None": "none", "Integral": "int", "Number": "float", "Real": "float", "bytearray": "bytes", "Text": "str"}
_BOXES = {"List": "list", "Sequence": "list", "MutableSequence": "list", "Iterable": "list", "Collection": "list"}
_BOXES |= {"Iterator": "list", "Container": "list", "Set": "set", "MutableSet": "set", "AbstractSet": "set"}
_BOXES |= {"FrozenSet": "frozenset", "Deque": "deque", "Dict": "dict", "Mapping": "dict", "MutableMapping": "dict"}
_BOXES |= {"DefaultDict": "dict", "defaultdict": "dict", "OrderedDict": "dict", "Counter": "dict", "Tuple": "tuple"}
_BOXES |= {name: name for name in ("list", "set", "frozenset", "deque", "dict", "tuple")}
_TYPES: dict[type, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    complex: "complex",
    str: "str",
    bytes: "bytes",
    bytearray: "bytes",
}
_SINGLE: dict[type, str] = {list: "list", set: "set", frozenset: "frozenset", deque: "deque"}


def kind_of_annotation(text: str) -> Kind:
    """The kind an annotation names; ``any`` where it is empty or not understood.

    >>> kind_of_annotation("Optional[list[int]]").inside[0].name
    'list'
    """
    try:
        return _read(ast.parse(text.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ANY


def _read(node: ast.expr) -> Kind:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            return kind_of_annotation(node.value)
        return Kind("none") if node.value is None else ANY
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return merge([_read(node.left), _read(node.right)])
    if isinstance(node, ast.Subscript):
        inside = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        return _subscript(_name(node.value), inside)
    name = _name(node)
    if name in _BOXES:
        box = _BOXES[name]
        return Kind(box, (ANY, ANY) if box == "dict" else (ANY,))
    return Kind(_SIMPLE[name]) if name in _SIMPLE else ANY


def _subscript(name: str, inside: Sequence[ast.expr]) -> Kind:
    if name == "Literal":
        values = tuple(node.value for node in inside if isinstance(node, ast.Constant))
        return Kind("literal", values=values) if values else ANY
    if name in ("Optional", "Union"):
        return merge([*map(_read, inside), *([Kind("none")] if name == "Optional" else [])])
    if name in ("Annotated", "Final", "Required"):
        return _read(inside[0])
    box = _BOXES.get(name, "")
    if box == "tuple":
        dots = isinstance(inside[-1], ast.Constant) and inside[-1].value is ...
        return Kind("tuple", (_read(inside[0]),)) if dots else Kind("row", tuple(map(_read, inside)))
    if box == "dict":
        value = Kind("int") if name == "Counter" else (_read(inside[1]) if len(inside) > 1 else ANY)
        return Kind("dict", (_read(inside[0]), value))
    return Kind(box, (_read(inside[0]),)) if box else ANY


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def kind_of_values(values: Iterable[Any]) -> Kind:
    """The narrowest kind that takes all these values; ``any`` without values.

    >>> kind_of_values([[1], [2, 3]]) == Kind("list", (Kind("int"),))
    True
    """
    return merge([_of(value) for value in values])


def _of(value: Any) -> Kind:
    kind = type(value)
    if value is None:
        return Kind("none")
    if kind in _TYPES:
        return Kind(_TYPES[kind])
    if kind in _SINGLE:
        return Kind(_SINGLE[kind], (kind_of_values(value),))
    if kind is tuple:
        return Kind("row", tuple(map(_of, value)))
    if kind is dict:
        return Kind("dict", (kind_of_values(value), kind_of_values(value.values())))
    return Kind("literal", values=(value,))


def merge(kinds: Sequence[Kind]) -> Kind:
    """One kind that takes what any of these takes: equal boxes are merged inside, the rest stands side by side.

    ``any`` gives way to whatever else there is: it says only that nothing was known.
    """
    flat = [k for kind in kinds for k in (kind.inside if kind.name == "either" else (kind,)) if k != ANY]
    if len({len(k.inside) for k in flat if k.name == "row"}) > 1 or any(k.name == "tuple" for k in flat):
        flat = [Kind("tuple", (merge(k.inside),)) if k.name == "row" else k for k in flat]
    groups: dict[str, list[Kind]] = {}
    for k in flat:
        groups.setdefault(k.name, []).append(k)
    made = [_merge_same(name, group) for name, group in groups.items()]
    if not made:
        return ANY
    return made[0] if len(made) == 1 else Kind("either", tuple(made))


def _merge_same(name: str, group: list[Kind]) -> Kind:
    columns = zip(*(k.inside for k in group), strict=True)
    values = tuple(value for k in group for value in k.values)
    return Kind(name, tuple(merge(column) for column in columns), values)


def fits(value: Any, kind: Kind) -> bool:
    """Whether the value is of the kind; an int is a float too, a bool is no number."""
    name = kind.name
    if name == "any":
        return True
    if name == "either":
        return any(fits(value, k) for k in kind.inside)
    if name == "literal":
        return any(type(value) is type(v) and value == v for v in kind.values)
    if name == "none":
        return value is None
    if name == "row":
        return type(value) is tuple and len(value) == len(kind.inside) and all(map(fits, value, kind.inside))
    if name == "dict":
        return type(value) is dict and all(
            fits(k, kind.inside[0]) and fits(v, kind.inside[1]) for k, v in value.items()
        )
    if name == "tuple" or name in _SINGLE.values():
        return type(value).__name__ == name and all(fits(item, kind.inside[0]) for item in value)
    return _TYPES.get(type(value)) == name or (name == "float" and type(value) is int)
