"""Terms and sorts from S-expressions.

``let`` is read and written out. Not covered: quantifiers and sorts with parameters of their own; they are named in the
error.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from unriddle.errors import shorten
from unriddle.grammar.sexpr import Node
from unriddle.grammar.term import BitVector, Term, literal, substitute

__all__ = ["read_literal", "read_sort", "read_string", "read_term"]

_ESCAPE = re.compile(r"\\u\{([0-9a-fA-F]{1,5})\}|\\u([0-9a-fA-F]{4})|\\x([0-9a-fA-F]{2})")
_NOT_COVERED = ("forall", "exists", "!", "match")
_SORTS = ("Int", "Bool", "String")


def read_sort(node: Node, *, path: str) -> str:
    """The sort, as ``Int``, ``Bool``, ``String`` or ``(_ BitVec n)``.

    Raises:
        BadProblem: Another sort; line and column are given.
    """
    text = node.show()
    found = re.fullmatch(r"\((?:_ )?BitVec (\d+)\)", text)
    if found and 0 < int(found[1]) <= 4096:
        return f"(_ BitVec {int(found[1])})"
    if text not in _SORTS:
        node.bad(path, f"expected a sort (Int, Bool, String or (_ BitVec n)), got {shorten(text)}")
    return text


def read_string(text: str) -> str:
    r"""The string a literal stands for; it comes with its quotes.

    >>> read_string(r'"a""\u{62}\u0063"')
    'a"bc'
    """
    plain = text[1:-1].replace('""', '"')
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2] or m[3], 16)), plain)


def read_literal(node: Node) -> Term | None:
    """The literal an atom is, or ``(_ bv5 8)``, or a negative number ``(- 5)``; ``None`` when it is none."""
    text = node.text
    if node.items is not None:
        parts = [item.text for item in node.items]
        if len(parts) == 3 and parts[0] == "_" and re.fullmatch(r"bv\d+", parts[1]) and parts[2].isdigit():
            width = int(parts[2])
            return literal(BitVector(int(parts[1][2:]) & ((1 << width) - 1), width))
        if len(parts) == 2 and parts[0] == "-" and re.fullmatch(r"\d{1,1000}", parts[1]):
            return literal(-int(parts[1]))
        return None
    if node.is_string:
        return literal(read_string(text))
    if text in ("true", "false"):
        return literal(text == "true")
    if re.fullmatch(r"-?\d{1,1000}", text):
        return literal(int(text))
    if re.fullmatch(r"#x[0-9a-fA-F]{1,1024}", text):
        return literal(BitVector(int(text[2:], 16), 4 * (len(text) - 2)))
    if re.fullmatch(r"#b[01]{1,4096}", text):
        return literal(BitVector(int(text[2:], 2), len(text) - 2))
    return None


def read_term(node: Node, *, path: str, known: Mapping[str, int]) -> Term:
    """The term a node is.

    Args:
        node: What to read.
        path: For messages.
        known: How many arguments every variable (0) and function takes that is no operator of a theory.

    Raises:
        BadProblem: A name is not known, something is not covered, or a function got another number of arguments.
    """
    constant = read_literal(node)
    if constant is not None:
        return constant
    if node.items is None:
        if known.get(node.text) != 0:
            node.bad(path, f"the name {shorten(node.text)} is not declared; declare it or correct it")
        return Term(node.text)
    if not node.items:
        node.bad(path, "expected a term, got ()")
    first, *rest = node.items
    head = first.show()
    if head == "let":
        return _let(node, path, known)
    if head in _NOT_COVERED:
        first.bad(path, f"{head} is not supported in terms; write the term without it")
    if first.items is not None and not re.fullmatch(r"\(_ \S+( \d+)+\)", head):
        first.bad(path, f"expected the name of an operator, got {shorten(head)}")
    if not rest:
        node.bad(path, f"{shorten(head)} is written like a call without arguments; remove its parentheses")
    if head in known and known[head] != len(rest):
        node.bad(path, f"{head} takes {known[head]} arguments, got {len(rest)}")
    if head not in known and not _is_operator(head):
        first.bad(path, f"the operator {shorten(head)} is not known; correct it or define it with define-fun")
    return Term(head, tuple(read_term(item, path=path, known=known) for item in rest))


def _let(node: Node, path: str, known: Mapping[str, int]) -> Term:
    """The body of a ``let`` with the bound names replaced by what they stand for."""
    parts = node.items or ()
    if len(parts) != 3 or not parts[1].items:
        node.bad(path, f"expected (let ((name term) …) term), got {shorten(node.show())}")
    bound: dict[str, Term] = {}
    for binding in parts[1].items:
        if binding.items is None or len(binding.items) != 2 or binding.items[0].items is not None:
            binding.bad(path, f"expected (name term), got {shorten(binding.show())}")
        bound[binding.items[0].text] = read_term(binding.items[1], path=path, known=known)
    body = read_term(parts[2], path=path, known={**known, **dict.fromkeys(bound, 0)})
    return substitute(body, bound)


def _is_operator(name: str) -> bool:
    from unriddle.grammar.smt import known

    return name == "ite" or known(name)
