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

__all__ = ["is_operator", "read_literal", "read_sort", "read_string", "read_term"]

_ESCAPE = re.compile(r"\\u\{([0-2]?[0-9a-fA-F]{1,4})\}|\\u([0-9a-fA-F]{4})")
_NOT_COVERED = ("forall", "exists", "!", "match")
_SORTS = ("Int", "Bool", "String")
_NUMBER = "[0-9]{1,1000}"
_MAX_WIDTH = 4096
_MAX_SIZE, _MAX_DEPTH = 100_000, 300


def read_sort(node: Node, *, path: str) -> str:
    """The sort, as ``Int``, ``Bool``, ``String`` or ``(_ BitVec n)``.

    Raises:
        BadProblem: Another sort; line and column are given.
    """
    text = node.show()
    found = re.fullmatch(r"\((?:_ )?BitVec ([0-9]+)\)", text)
    if found:
        width = _width(found[1])
        if width is None:
            node.bad(path, f"expected a width from 1 to {_MAX_WIDTH}, got {shorten(found[1])}")
        return f"(_ BitVec {width})"
    if text not in _SORTS:
        node.bad(path, f"expected a sort (Int, Bool, String or (_ BitVec n)), got {shorten(text)}")
    return text


def _width(digits: str) -> int | None:
    """A bit-vector's width; ``None`` when it cannot be one."""
    width = int(digits) if re.fullmatch("[0-9]{1,9}", digits) else 0
    return width if 0 < width <= _MAX_WIDTH else None


def read_string(text: str) -> str:
    r"""The string a literal stands for; it comes with its quotes.

    >>> read_string(r'"a""\u{62}\u0063"')
    'a"bc'
    """
    plain = text[1:-1].replace('""', '"')
    return _ESCAPE.sub(lambda m: chr(int(m[1] or m[2], 16)), plain)


def read_literal(node: Node) -> Term | None:
    """The literal an atom is, or ``(_ bv5 8)``, or a negative number ``(- 5)``; ``None`` when it is none."""
    text = node.text
    if node.items is not None:
        parts = [item.text for item in node.items]
        if len(parts) == 3 and parts[0] == "_" and re.fullmatch(r"bv[0-9]{1,1300}", parts[1]):
            width = _width(parts[2])
            return None if width is None else literal(BitVector(int(parts[1][2:]) & ((1 << width) - 1), width))
        if len(parts) == 2 and parts[0] == "-" and re.fullmatch(_NUMBER, parts[1]):
            return literal(-int(parts[1]))
        return None
    if node.is_string:
        return literal(read_string(text))
    if text in ("true", "false"):
        return literal(text == "true")
    if re.fullmatch(f"-?{_NUMBER}", text):
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
        if re.match(r"-?[0-9]|#", node.text):
            node.bad(path, f"expected a literal of a supported size, got {shorten(node.text)}")
        if known.get(node.text) != 0:
            node.bad(path, f"the name {shorten(node.text)} is not declared; declare it or correct it")
        return Term(node.text)
    if not node.items:
        node.bad(path, "expected a term, got ()")
    first, *rest = node.items
    head = first.show()
    if head == "_":
        node.bad(path, f"expected a literal of a supported size, got {shorten(node.show())}")
    if head == "let":
        return _let(node, path, known)
    if head in _NOT_COVERED:
        first.bad(path, f"{head} is not supported in terms; write the term without it")
    if first.items is not None and not re.fullmatch(r"\(_ [^\s()]+( [0-9]{1,4}){1,2}\)", head):
        first.bad(path, f"expected the name of an operator, got {shorten(head)}")
    if not rest:
        node.bad(path, f"{shorten(head)} is written like a call without arguments; remove its parentheses")
    if head in known and known[head] != len(rest):
        node.bad(path, f"{head} takes {known[head]} arguments, got {len(rest)}")
    if head not in known and not is_operator(head):
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
    sizes = {name: _measured(term, {}) for name, term in bound.items()}
    size, depth = _measured(body, sizes)
    if size > _MAX_SIZE or depth > _MAX_DEPTH:
        node.bad(
            path,
            f"with its lets written out this has {size} nodes and is {depth} deep, but only {_MAX_SIZE} and "
            f"{_MAX_DEPTH} are read; simplify it",
        )
    return substitute(body, bound)


def _measured(term: Term, bound: Mapping[str, tuple[int, int]]) -> tuple[int, int]:
    """Nodes and depth of a term in which names stand for terms of these nodes and depths."""
    if not term.args:
        return bound.get(term.head, (1, 1)) if term.value is None else (1, 1)
    inner = [_measured(arg, bound) for arg in term.args]
    return 1 + sum(size for size, _ in inner), 1 + max(depth for _, depth in inner)


def is_operator(name: str) -> bool:
    """Whether this is the name of an operator of a theory, or of a constant of one."""
    from unriddle.grammar.smt import known

    return known(name) or name in ("true", "false", "let")
