"""Writing SyGuS-IF 2.1: whole files, and answers as ``define-fun``.

Not covered: comments and options of the file a task was read from.
"""

from __future__ import annotations

from unriddle.grammar.read_grammar import SygusGrammar
from unriddle.grammar.sygus import SygusFunction, SygusTask
from unriddle.grammar.term import Term, literal, show

__all__ = ["definition", "write_sygus"]


def definition(function: SygusFunction, body: Term) -> str:
    """The answer as SyGuS text: a ``define-fun`` with this body.

    >>> definition(SygusFunction("f", (("x", "Int"),), "Int"), Term("+", (Term("x"), literal(1))))
    '(define-fun f ((x Int)) Int (+ x 1))'
    """
    return f"(define-fun {function.name} {_parameters(function.parameters)} {function.returns} {show(body)})"


def write_sygus(task: SygusTask) -> str:
    """The task as the text of a SyGuS-IF 2.1 file; reading it gives the task again."""
    lines = [f"(set-logic {task.logic})", ""]
    for name, (names, body) in task.definitions.items():
        *sorts, returns = task.definition_sorts[name]
        parameters = tuple(zip(names, sorts, strict=True))
        lines.append(f"(define-fun {name} {_parameters(parameters)} {returns} {show(body)})")
    for function in task.functions:
        head = f"(synth-fun {function.name} {_parameters(function.parameters)} {function.returns}"
        lines.append(head + (f"\n{_grammar(function.grammar)})" if function.grammar else ")"))
    lines += [f"(declare-var {name} {sort})" for name, sort in task.variables]
    lines.append("")
    lines += [f"(assume {show(term)})" for term in task.assumptions]
    for example in task.examples:
        call = Term(task.functions[0].name, tuple(map(literal, example.args)))
        lines.append(f"(constraint {show(Term('=', (call, literal(example.value))))})")
    lines += [f"(constraint {show(term)})" for term in task.constraints]
    return "\n".join([*lines, "", "(check-synth)", ""])


def _parameters(parameters: tuple[tuple[str, str], ...]) -> str:
    return f"({' '.join(f'({name} {sort})' for name, sort in parameters)})"


def _grammar(grammar: SygusGrammar) -> str:
    declared = " ".join(f"({name} {sort})" for name, sort in grammar.sorts.items())
    groups = []
    for name, sort in grammar.sorts.items():
        rules = [show(term) for head, term in grammar.productions if head == name]
        rules += [f"(Constant {sort})"] if name in grammar.constants else []
        groups.append(f"     ({name} {sort} ({' '.join(rules)}))")
    return f"    ({declared})\n    (" + "\n".join(groups).lstrip() + ")"
