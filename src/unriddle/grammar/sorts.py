"""The sort of a term, from the sorts of its variables.

Not covered: checking that the arguments of an operator have the sorts it wants; evaluation finds that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from unriddle.grammar.smt import NAMES
from unriddle.grammar.term import Term

__all__ = ["term_sort"]

_TEXT = ("str.++", "str.at", "str.substr", "str.replace", "str.replace_all", "str.from_int", "str.from_code",
         "str.to_lower", "str.to_upper", "str.rev")  # fmt: skip
_NUMBERS = ("+", "-", "*", "div", "mod", "abs", "str.len", "str.indexof", "str.to_int", "str.to_code")


def term_sort(term: Term, sorts: Mapping[str, str]) -> str:
    """The sort of a term.

    Args:
        term: Any term that reading gave.
        sorts: Sort of every variable and non-terminal, and the result's sort of every function of the file.

    >>> term_sort(Term("str.len", (Term("x"),)), {"x": "String"})
    'Int'
    """
    if term.value is not None:
        return term.sort
    if term.head in sorts:
        return sorts[term.head]
    name = NAMES.get(term.head, term.head)
    if name == "ite":
        return term_sort(term.args[1], sorts)
    if name in _TEXT:
        return "String"
    if name in _NUMBERS:
        return "Int"
    return _vector_sort(name, term, sorts) if _is_vector(name) else "Bool"


def _is_vector(name: str) -> bool:
    comparison = re.fullmatch(r"bv[us](lt|le|gt|ge)", name)
    return name == "concat" or name.startswith("(_ ") or (name.startswith("bv") and not comparison)


def _vector_sort(name: str, term: Term, sorts: Mapping[str, str]) -> str:
    widths = [int(term_sort(arg, sorts).split()[-1].rstrip(")")) for arg in term.args]
    width = widths[0]
    if name == "concat":
        width = sum(widths)
    elif name == "bvcomp":
        width = 1
    elif name.startswith("(_ "):
        kind, *numbers = name[3:-1].split()
        first = int(numbers[0])
        if kind == "extract":
            width = first - int(numbers[1]) + 1
        elif kind in ("zero_extend", "sign_extend"):
            width += first
        elif kind == "repeat":
            width *= first
    return f"(_ BitVec {width})"
