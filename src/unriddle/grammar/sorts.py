"""The sort of a term, from the sorts of its variables; every operator's arguments are checked on the way.

Not covered: sorts with parameters other than bit-vectors' widths.
"""

from __future__ import annotations

from collections.abc import Mapping

from unriddle.errors import BadInput, shorten
from unriddle.grammar.smt import NAMES
from unriddle.grammar.term import Term

__all__ = ["Functions", "term_sort"]

Functions = Mapping[str, tuple[str, ...]]
"""Sorts of the parameters of every function of a file, and last that of its value."""

_LETTERS = {"S": "String", "I": "Int", "B": "Bool"}
_FIXED = {
    "str.at": "SI S", "str.substr": "SII S", "str.indexof": "SSI I", "str.replace": "SSS S", "str.replace_all": "SSS S",
    "str.len": "S I", "str.to_int": "S I", "str.from_int": "I S", "str.to_code": "S I", "str.from_code": "I S",
    "str.is_digit": "S B", "str.prefixof": "SS B", "str.suffixof": "SS B", "str.contains": "SS B",
    "str.to_lower": "S S", "str.to_upper": "S S", "str.rev": "S S", "mod": "II I", "abs": "I I", "not": "B B",
}  # fmt: skip
_REPEATED = {
    "str.++": "S S", "str.<": "S B", "str.<=": "S B", "+": "I I", "-": "I I", "*": "I I", "div": "I I", "<": "I B",
    "<=": "I B", ">": "I B", ">=": "I B", "and": "B B", "or": "B B", "xor": "B B", "=>": "B B",
}  # fmt: skip
_UNARY_BITS = ("bvnot", "bvneg")
_COMPARED_BITS = ("bvult", "bvule", "bvugt", "bvuge", "bvslt", "bvsle", "bvsgt", "bvsge")
_REPEATED_BITS = ("bvadd", "bvmul", "bvand", "bvor", "bvxor")


def term_sort(term: Term, sorts: Mapping[str, str], *, functions: Functions | None = None) -> str:
    """The sort of a term.

    Args:
        term: Any term that reading gave.
        sorts: Sort of every variable and non-terminal.
        functions: Sorts of the file's functions.

    Raises:
        BadInput: An operator has arguments it does not take.

    >>> term_sort(Term("str.len", (Term("x"),)), {"x": "String"})
    'Int'
    """
    functions = functions or {}
    if term.value is not None:
        return term.sort
    if not term.args:
        return sorts[term.head] if term.head in sorts else functions[term.head][-1]
    got = tuple(term_sort(arg, sorts, functions=functions) for arg in term.args)
    result = _result(term.head, got, functions)
    if result is None:
        raise BadInput(f"the operator {shorten(term.head)} does not take {len(got)} arguments of sorts {_shown(got)}")
    return result


def _shown(sorts: tuple[str, ...]) -> str:
    return ", ".join(sorts[:5]) + ", ..." * (len(sorts) > 5)


def _result(head: str, got: tuple[str, ...], functions: Functions) -> str | None:
    """Sort of the value; ``None`` when it does not take these."""
    if head in functions:
        *wanted, result = functions[head]
        return result if list(got) == wanted else None
    name = NAMES.get(head, head)
    if name in _FIXED:
        taken, gives = _FIXED[name].split()
        return _LETTERS[gives] if got == tuple(_LETTERS[letter] for letter in taken) else None
    if name in _REPEATED:
        taken, gives = _REPEATED[name].split()
        enough = len(got) > 1 or name == "-"
        return _LETTERS[gives] if enough and set(got) == {_LETTERS[taken]} else None
    if name == "ite":
        return got[1] if len(got) == 3 and got[0] == "Bool" and got[1] == got[2] else None
    if name in ("=", "distinct"):
        return "Bool" if len(got) > 1 and len(set(got)) == 1 else None
    return _vector_result(name, got)


def _vector_result(name: str, got: tuple[str, ...]) -> str | None:
    if not all(sort.startswith("(_ BitVec") for sort in got):
        return None
    widths = [int(sort.removeprefix("(_ BitVec ").removesuffix(")")) for sort in got]
    if name == "concat":
        return f"(_ BitVec {sum(widths)})" if len(widths) > 1 else None
    if name.startswith("(_ "):
        width = _indexed_width(name, widths)
        return f"(_ BitVec {width})" if width is not None else None
    if len(set(widths)) != 1 or (name in _UNARY_BITS) != (len(got) == 1):
        return None
    if len(got) > 2 and name not in _REPEATED_BITS:
        return None
    if name in _COMPARED_BITS:
        return "Bool"
    return "(_ BitVec 1)" if name == "bvcomp" else got[0]


def _indexed_width(name: str, widths: list[int]) -> int | None:
    kind, *texts = name.removeprefix("(_ ").removesuffix(")").split()
    numbers = [int(text) for text in texts]
    if len(widths) != 1 or len(numbers) != (2 if kind == "extract" else 1):
        return None
    if kind == "extract":
        high, low = numbers
        return high - low + 1 if widths[0] > high >= low else None
    if kind == "repeat":
        return widths[0] * numbers[0] if numbers[0] else None
    return widths[0] + (numbers[0] if kind in ("zero_extend", "sign_extend") else 0)
