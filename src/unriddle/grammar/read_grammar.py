"""The grammar inside a ``synth-fun``: non-terminals, their sorts, and the terms each may become.

Not covered: weights of productions; ``(Constant S)`` is kept as a request for any constant of the sort.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from unriddle.errors import BadInput, shorten
from unriddle.grammar.read_term import read_sort, read_term
from unriddle.grammar.sexpr import Node
from unriddle.grammar.sorts import Functions, term_sort
from unriddle.grammar.term import Term, walk

__all__ = ["SygusGrammar", "check_sort", "read_grammar"]


@dataclass(frozen=True, slots=True)
class SygusGrammar:
    """A grammar of terms.

    Attributes:
        start: The non-terminal that makes the body; the first one of the file.
        sorts: Sort of every non-terminal, in the file's order.
        productions: Every (non-terminal, term); a non-terminal inside the term stands for what it makes.
        constants: Non-terminals that may also be any constant of their sort.
    """

    start: str
    sorts: Mapping[str, str]
    productions: tuple[tuple[str, Term], ...]
    constants: frozenset[str] = frozenset()


def read_grammar(
    nodes: Sequence[Node], *, path: str, parameters: Mapping[str, str], returns: str, functions: Functions
) -> SygusGrammar:
    """The grammar of a ``synth-fun``, in the syntax of version 1 (one list) or 2 (declarations, then rules).

    Args:
        nodes: One list or two.
        path: For messages.
        parameters: Names and sorts of what the function takes.
        returns: The function's sort.
        functions: What the file has defined before.

    Raises:
        BadProblem: It cannot be read, or the start makes no term at all; line and column are given.
    """
    declared, groups = (nodes[0].items or (), nodes[1].items or ()) if len(nodes) == 2 else ((), nodes[0].items or ())
    if not groups:
        nodes[-1].bad(path, "the grammar is empty; give at least one non-terminal with its rules, or leave it out")
    sorts: dict[str, str] = {}
    for item in declared or groups:
        if item.items is None or len(item.items) < 2 or item.items[0].items is not None:
            item.bad(path, f"expected a non-terminal (name sort …), got {shorten(item.show())}")
        name = item.items[0].text
        if name in sorts or name in parameters:
            item.bad(path, f"{name} is declared twice; names must differ")
        sorts[name] = read_sort(item.items[1], path=path)
    known = {name: len(kinds) - 1 for name, kinds in functions.items()}
    inside = {**known, **dict.fromkeys(parameters, 0), **dict.fromkeys(sorts, 0)}
    productions, constants = [], set()
    for group in groups:
        if group.items is None or len(group.items) != 3 or group.items[2].items is None:
            group.bad(path, f"expected the rules (name sort (rule …)) of a non-terminal, got {shorten(group.show())}")
        name = group.items[0].text
        if name not in sorts:
            group.bad(path, f"the non-terminal {shorten(name)} is not declared; add it to the list before the rules")
        for rule in group.items[2].items:
            made = _rule(rule, path, inside, parameters, sorts[name])
            if made is None:
                constants.add(name)
                continue
            for term in made:
                check_sort(term, rule, path, {**sorts, **parameters}, functions, sorts[name])
            productions += [(name, term) for term in made]
    start = next(iter(sorts))
    if sorts[start] != returns:
        nodes[0].bad(path, f"the grammar starts with {start} of sort {sorts[start]}, but {returns} is to be found")
    grammar = SygusGrammar(start, sorts, tuple(dict.fromkeys(productions)), frozenset(constants))
    if start not in _productive(grammar):
        nodes[-1].bad(path, f"the grammar is empty: {start} makes no finite term; give it a rule that ends")
    return grammar


def check_sort(term: Term, node: Node, path: str, sorts: Mapping[str, str], functions: Functions, wanted: str) -> None:
    """Nothing, if the term is of the sort wanted.

    Raises:
        BadProblem: It is not, or an operator in it has arguments it does not take; line and column are the node's.
    """
    try:
        got = term_sort(term, sorts, functions=functions)
    except BadInput as error:
        node.bad(path, f"{error}; correct it")
    if got != wanted:
        node.bad(path, f"expected a term of sort {wanted}, got {shorten(node.show())} of sort {got}")


def _rule(
    rule: Node, path: str, known: Mapping[str, int], parameters: Mapping[str, str], sort: str
) -> list[Term] | None:
    """The terms of a rule; ``None`` for any constant of the sort."""
    if rule.items and rule.items[0].text in ("Constant", "Variable", "InputVariable", "LocalVariable"):
        if len(rule.items) != 2:
            rule.bad(path, f"expected ({rule.items[0].text} sort), got {shorten(rule.show())}")
        asked = read_sort(rule.items[1], path=path)
        if asked != sort:
            rule.bad(path, f"this rule is of sort {asked}, but its non-terminal is of sort {sort}")
        if rule.items[0].text == "Constant":
            return None
        return [Term(name) for name, kind in parameters.items() if kind == sort]
    return [read_term(rule, path=path, known=known)]


def _productive(grammar: SygusGrammar) -> set[str]:
    """The non-terminals that make at least one term."""
    found = set(grammar.constants)
    while True:
        more = {
            name
            for name, term in grammar.productions
            if all(inner.head not in grammar.sorts or inner.head in found for inner in walk(term))
        }
        if more <= found:
            return found
        found |= more
