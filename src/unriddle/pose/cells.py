"""The cells of a table: which type a column has, and values to and from text.

A column is a number column only when reading and writing it would lose nothing: ``007`` and numbers of more than 15
digits stay text. Dates stay text too; ``date`` only tells proposers what the text looks like.
Not covered: thousands separators, percentages and currencies; those columns are text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Literal

__all__ = ["ColumnType", "annotation", "column_type", "decimals", "from_text", "to_text"]

ColumnType = Literal["int", "float", "bool", "date", "str"]

_INT = re.compile(r"-?(0|[1-9]\d{0,14})")
_FLOAT = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d+)?([eE][+-]?\d{1,2})?")
_DATE = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2\d{4}|\d{1,2} [A-Z][a-z]+ \d{4}|[A-Z][a-z]+ \d{1,2}, \d{4}"
)


def column_type(cells: Sequence[str]) -> ColumnType:
    """The type that all the cells have; text when they have none in common or one of them is empty.

    >>> [column_type(c) for c in (["1", "-2"], ["1", "2.5"], ["007"], ["True", "false"], ["2024-01-31"], ["1", ""])]
    ['int', 'float', 'str', 'bool', 'date', 'str']
    """
    if not cells or not all(cells):
        return "str"
    if all(cell.lower() in ("true", "false") for cell in cells):
        return "bool"
    if all(_INT.fullmatch(cell) and cell != "-0" for cell in cells):
        return "int"
    if all(_FLOAT.fullmatch(cell) for cell in cells):
        return "float"
    return "date" if all(_DATE.fullmatch(cell) for cell in cells) else "str"


def annotation(kind: ColumnType) -> str:
    """The Python annotation of a column's values."""
    return "str" if kind == "date" else kind


def from_text(cell: str, kind: ColumnType) -> Any:
    """The cell as a value of its column's type."""
    if kind == "bool":
        return cell.lower() == "true"
    return int(cell) if kind == "int" else float(cell) if kind == "float" else cell


def decimals(cells: Sequence[str]) -> int | None:
    """How many decimals every cell shows; ``None`` when they differ or show none."""
    shown = {len(cell.partition(".")[2]) if re.fullmatch(r"-?\d+\.\d+", cell) else 0 for cell in cells}
    return shown.pop() if len(shown) == 1 and shown != {0} else None


def to_text(value: Any, examples: Sequence[str]) -> str:
    """A computed value written the way the examples of its column are.

    >>> to_text(2.5, ["1.00", "3.25"]), to_text(True, ["false", "true"]), to_text(None, [])
    ('2.50', 'true', '')
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return next((cell for cell in examples if cell.lower() == str(value).lower()), _cased(value, examples))
    places = decimals(examples)
    if isinstance(value, int | float) and places is not None:
        return f"{value:.{places}f}"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 and any("." not in c for c in examples):
        return str(int(value))
    return str(value)


def _cased(value: bool, examples: Sequence[str]) -> str:
    text = str(value)
    if examples and all(cell.isupper() for cell in examples):
        return text.upper()
    return text.lower() if examples and all(cell.islower() for cell in examples) else text
