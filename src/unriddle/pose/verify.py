"""Answers to SyGuS tasks before an SMT solver: right on every example, or right for all inputs.

Not covered: answers whose definitions, written out, are very large; the solver is then not asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from unriddle.errors import MissingExtra
from unriddle.grammar.expand import expanded, expanded_size
from unriddle.grammar.solvers import ask, installed, standard_text
from unriddle.grammar.sygus import SygusTask
from unriddle.grammar.term import Term, Value, literal

if TYPE_CHECKING:
    from unriddle.propose.cegis import Point

__all__ = ["check_script", "checked_by_solver", "verifier"]

_MAX_SIZE = 20_000


def check_script(task: SygusTask, body: Term) -> str:
    """SMT-LIB text that is unsatisfiable if and only if the body is right on every example."""
    return f"(set-logic ALL)\n{_defined(task, body)}\n{_examples_fail(task)}\n(check-sat)\n"


def checked_by_solver(task: SygusTask, body: Term, *, seconds: float = 5.0) -> bool | None:
    """Whether cvc5 or z3, too, finds the body right on every example; ``None`` when it cannot tell.

    Args:
        task: One function and its examples.
        body: What to check.
        seconds: What the solver may take.

    Raises:
        MissingExtra: Neither is installed.
    """
    if expanded_size(body, task.definitions, limit=_MAX_SIZE) > _MAX_SIZE:
        return None
    said, _ = ask(f"{_defined(task, body)}\n{_examples_fail(task)}", seconds=seconds)
    return {"unsat": True, "sat": False}.get(said)


def verifier(task: SygusTask, *, seconds: float = 5.0) -> Callable[[Term], Point | bool | None]:
    """Asks whether a body satisfies all constraints for all inputs: ``True``, a point where not, or ``None``.

    Args:
        task: One function, constraints and assumptions.
        seconds: What the solver may take for each body.

    Raises:
        MissingExtra: Neither cvc5 nor z3 is installed.
    """
    if not installed():
        raise MissingExtra("solving constraints that are no examples", "unriddle[smt]")
    names = [name for name, _ in task.variables]
    declared = [f"(declare-const {name} {sort})" for name, sort in task.variables]
    assumed = [f"(assert {_text(task, term)})" for term in task.assumptions]
    wanted = " ".join(_text(task, term) for term in task.constraints)
    stated = "\n".join([*declared, *assumed, f"(assert (not (and true true {wanted} {_examples(task)})))"])

    def verify(body: Term) -> Point | bool | None:
        if expanded_size(body, task.definitions, limit=_MAX_SIZE) > _MAX_SIZE:
            return None
        said, values = ask(f"{_defined(task, body)}\n{stated}", variables=names, seconds=seconds)
        if said == "unsat":
            return True
        return _point(names, values) if said == "sat" else None

    return verify


def _point(names: list[str], values: list[Value] | None) -> Point | None:
    return None if values is None else dict(zip(names, values, strict=True))


def _text(task: SygusTask, term: Term) -> str:
    return standard_text(expanded(term, task.definitions))


def _defined(task: SygusTask, body: Term) -> str:
    function = task.functions[0]
    parameters = " ".join(f"({name} {sort})" for name, sort in function.parameters)
    return f"(define-fun {function.name} ({parameters}) {function.returns} {_text(task, body)})"


def _examples(task: SygusTask) -> str:
    name = task.functions[0].name
    equal = (Term("=", (Term(name, tuple(map(literal, e.args))), literal(e.value))) for e in task.examples)
    return " ".join(map(standard_text, equal))


def _examples_fail(task: SygusTask) -> str:
    return f"(assert (not (and true true {_examples(task)})))"
