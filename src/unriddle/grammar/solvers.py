"""Asking an SMT solver that is installed: cvc5 or z3, both by SMT-LIB text.

Not covered: solvers that are programs of their own, proofs, and unsatisfiable cores.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Sequence
from typing import Literal

from unriddle.errors import BadProblem, MissingExtra
from unriddle.grammar.read_term import read_literal
from unriddle.grammar.sexpr import parse
from unriddle.grammar.smt import NAMES
from unriddle.grammar.term import Term, Value, show

__all__ = ["Said", "ask", "installed", "standard_text"]

Said = Literal["sat", "unsat", "unknown"]


def installed() -> str:
    """Name of the solver that is there, cvc5 before z3; empty when there is none."""
    return next((name for name in ("cvc5", "z3") if importlib.util.find_spec(name)), "")


def standard_text(term: Term) -> str:
    """The term as SMT-LIB text with the standard's names of operators."""
    return show(_standard(term))


def _standard(term: Term) -> Term:
    return Term(NAMES.get(term.head, term.head), tuple(map(_standard, term.args)), term.value, term.sort)


def ask(text: str, *, variables: Sequence[str] = (), seconds: float = 5.0) -> tuple[Said, list[Value] | None]:
    """What the solver says of the assertions, and the variables' values when it says ``sat``.

    Args:
        text: Definitions, declarations and assertions.
        variables: Of which values are wanted.
        seconds: What the solver may take; then it says ``unknown``.

    Returns:
        Values are ``None`` unless it says ``sat`` and each is a plain one.

    Raises:
        MissingExtra: Neither cvc5 nor z3 is installed.
    """
    name = installed()
    if not name:
        raise MissingExtra("an SMT solver", "unriddle[smt]")
    wanted = f"(get-value ({' '.join(variables)}))" if variables else ""
    said, shown = (_cvc5 if name == "cvc5" else _z3)(text, wanted, int(1000 * seconds))
    if said == "sat":
        return "sat", _values(shown, len(variables))
    return ("unsat" if said == "unsat" else "unknown"), None


def _values(shown: str, n: int) -> list[Value] | None:
    try:
        pairs = parse(shown, path="<model>")[0].items or () if n else ()
    except (BadProblem, IndexError):
        return None
    literals = [read_literal(pair.items[1]) if pair.items else None for pair in pairs]
    values = [term.value for term in literals if term is not None and term.value is not None]
    return values if len(values) == n else None


def _cvc5(text: str, wanted: str, milliseconds: int) -> tuple[str, str]:
    cvc5 = importlib.import_module("cvc5")
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(milliseconds))
    solver.setOption("produce-models", "true")
    parser = cvc5.InputParser(solver)
    whole = f"(set-logic ALL)\n{text}\n(check-sat)\n{wanted}"
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, whole, "text")
    said = ""
    try:
        while not (command := parser.nextCommand()).isNull():
            shown = command.invoke(solver, parser.getSymbolManager()).strip()
            if said:
                return said, shown
            if shown and shown != "sat":
                return shown, ""
            said = shown
    except RuntimeError:  # an operator or width it does not have
        return "unknown", ""
    return said, ""


def _z3(text: str, wanted: str, milliseconds: int) -> tuple[str, str]:
    z3 = importlib.import_module("z3")
    whole = f"(set-option :timeout {milliseconds})\n{text}\n(check-sat)\n"
    context = z3.Context()
    try:
        said = str(z3.Z3_eval_smtlib2_string(context.ref(), whole)).strip()
        shown = str(z3.Z3_eval_smtlib2_string(context.ref(), wanted)) if said == "sat" and wanted else ""
    except z3.Z3Exception:  # an operator it does not have
        return "unknown", ""
    return said, shown
