"""Invariants in SyGuS-IF: what ``(inv-constraint inv pre trans post)`` asks for, as three constraints.

The invariant holds where the precondition does, is kept by every step, and gives the postcondition.
Not covered: constrained Horn clauses.
"""

from __future__ import annotations

from collections.abc import Sequence

from unriddle.grammar.term import Term

__all__ = ["invariant_constraints"]


def invariant_constraints(
    names: tuple[str, str, str, str], before: Sequence[str], after: Sequence[str]
) -> tuple[Term, Term, Term]:
    """The three constraints over variables before and after a step.

    Args:
        names: Of the invariant, the precondition, the transition and the postcondition.
        before: Variables, one for each parameter of the invariant.
        after: As many for the values after a step.

    >>> from unriddle.grammar.term import show
    >>> [show(t) for t in invariant_constraints(("inv", "pre", "go", "post"), ["x"], ["x!"])][1]
    '(=> (and (inv x) (go x x!)) (inv x!))'
    """
    inv, pre, trans, post = names
    old, new = tuple(map(Term, before)), tuple(map(Term, after))
    return (
        Term("=>", (Term(pre, old), Term(inv, old))),
        Term("=>", (Term("and", (Term(inv, old), Term(trans, (*old, *new)))), Term(inv, new))),
        Term("=>", (Term(inv, old), Term(post, old))),
    )
