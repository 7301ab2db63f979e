"""Terms of SMT-LIB: typed trees with variables, literals and operators, and how they are written down.

Not covered: quantifiers and user-defined sorts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

__all__ = ["BitVector", "Term", "Value", "literal", "show", "show_string", "sort_of", "substitute", "walk"]


@dataclass(frozen=True, slots=True)
class BitVector:
    """A bit-vector value: a number of ``width`` bits, not negative."""

    value: int
    width: int


Value = bool | int | str | BitVector


@dataclass(frozen=True, slots=True)
class Term:
    """A node of a term.

    Attributes:
        head: Name of the operator (``str.++``, ``(_ extract 3 0)``), variable or non-terminal; empty for a literal.
        args: What the operator is applied to.
        value: What a literal stands for; ``None`` otherwise.
        sort: Sort of a literal, so that ``1`` and ``true`` differ; empty otherwise.
    """

    head: str
    args: tuple[Term, ...] = ()
    value: Value | None = None
    sort: str = ""

    @property
    def size(self) -> int:
        """Number of nodes.

        >>> Term("+", (Term("x"), literal(1))).size
        3
        """
        return 1 + sum(arg.size for arg in self.args)


def sort_of(value: Value) -> str:
    """The sort a value has.

    >>> sort_of(BitVector(3, 8)), sort_of(True)
    ('(_ BitVec 8)', 'Bool')
    """
    if isinstance(value, BitVector):
        return f"(_ BitVec {value.width})"
    return "Bool" if isinstance(value, bool) else "Int" if isinstance(value, int) else "String"


def literal(value: Value) -> Term:
    """The literal that stands for a value."""
    return Term("", (), value, sort_of(value))


def show(term: Term) -> str:
    r"""The term as SMT-LIB text; a negative number is written ``(- 5)``.

    >>> show(Term("str.++", (Term("x"), literal('a"\n'))))
    '(str.++ x "a""\\u{a}")'
    """
    if term.value is not None:
        return show_value(term.value)
    return f"({term.head} {' '.join(map(show, term.args))})" if term.args else term.head


def show_value(value: Value) -> str:
    """A value as SMT-LIB text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return show_string(value)
    if isinstance(value, BitVector):
        if value.width % 4:
            return f"#b{value.value:0{value.width}b}"
        return f"#x{value.value:0{value.width // 4}x}"
    return str(value) if value >= 0 else f"(- {-value})"


def show_string(text: str) -> str:
    r"""A string as SMT-LIB 2.6 writes it: quotes doubled, everything beyond printable ASCII as ``\u{…}``."""
    shown = ""
    for i, c in enumerate(text):
        if c == '"':
            shown += '""'
        elif not " " <= c <= "~" or (c == "\\" and text[i + 1 : i + 2] == "u"):
            shown += f"\\u{{{ord(c):x}}}"
        else:
            shown += c
    return f'"{shown}"'


def walk(term: Term) -> Iterator[Term]:
    """Every node of the term, from the root down."""
    yield term
    for arg in term.args:
        yield from walk(arg)


def substitute(term: Term, bindings: Mapping[str, Term]) -> Term:
    """The term with its variables replaced."""
    if term.value is None and not term.args:
        return bindings.get(term.head, term)
    return Term(term.head, tuple(substitute(arg, bindings) for arg in term.args), term.value, term.sort)
