"""Terms with the functions of their file written out, and how large that makes them.

Not covered: recursive functions; a file cannot define one.
"""

from __future__ import annotations

from collections.abc import Mapping

from unriddle.grammar.smt import Definitions
from unriddle.grammar.term import Term, substitute

__all__ = ["expanded", "expanded_size"]


def expanded(term: Term, definitions: Definitions) -> Term:
    """The term with functions replaced by their bodies; ask ``expanded_size`` first how large it is."""
    args = tuple(expanded(arg, definitions) for arg in term.args)
    if term.head not in definitions or term.value is not None:
        return Term(term.head, args, term.value, term.sort)
    names, body = definitions[term.head]
    return substitute(expanded(body, definitions), dict(zip(names, args, strict=True)))


def expanded_size(term: Term, definitions: Definitions, *, limit: int) -> int:
    """Nodes of ``expanded(term)``; more than ``limit`` when these or the work to count them are more.

    >>> x, twice = Term("x"), {"twice": (("a",), Term("+", (Term("a"), Term("a"))))}
    >>> expanded_size(Term("twice", (Term("twice", (x,)),)), twice, limit=100)
    7
    """
    return _size(term, {}, definitions, limit, [10 * limit])


def _size(term: Term, sizes: Mapping[str, int], definitions: Definitions, limit: int, left: list[int]) -> int:
    left[0] -= 1
    if left[0] < 0:
        return limit + 1
    if term.value is not None or (not term.args and term.head not in definitions):
        return sizes.get(term.head, 1)
    inner, total = [], 1
    for arg in term.args:
        inner.append(_size(arg, sizes, definitions, limit, left))
        total += inner[-1]
        if total > limit + 1:
            return total
    if term.head in definitions:
        names, body = definitions[term.head]
        return _size(body, dict(zip(names, inner, strict=True)), definitions, limit, left)
    return total
