"""A SyGuS grammar as operators and leaves of the enumeration; types are its non-terminals.

A rule that only names another non-terminal is replaced by that one's rules, and a term inside a rule gets a type of its
own. Case distinctions (``ite``) are kept apart: they are built by divide and conquer, not by enumeration.
Not covered: weights of rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from unriddle.errors import BadInput
from unriddle.grammar.read_grammar import SygusGrammar
from unriddle.grammar.smt import Definitions, evaluate
from unriddle.grammar.sorts import Functions, term_sort
from unriddle.grammar.sygus import Example, SygusFunction, SygusTask
from unriddle.grammar.term import BitVector, Term, Value, literal, show, sort_of, walk
from unriddle.propose.default_grammar import default_grammar, useful_constants
from unriddle.propose.expression import Expression, Operator
from unriddle.propose.smt_operators import meaning

if TYPE_CHECKING:
    from unriddle.propose.values import Codec

__all__ = ["TermGrammar", "codec_of", "term_grammar"]

_MAX_WRITTEN = 8


@dataclass(frozen=True, slots=True)
class TermGrammar:
    """What the enumeration needs to know of a grammar.

    Attributes:
        start: Type of the terms wanted.
        operators: Everything but case distinctions.
        branches: The ``ite`` of each type that has one of the plain form.
        leaves: Terms without arguments, and their types.
        sorts: Sort of every type.
        terms: Every leaf's term by its text.
        named: Values of the file's functions without parameters.
    """

    start: str
    operators: tuple[Operator, ...]
    branches: Mapping[str, Operator]
    leaves: tuple[tuple[str, Term], ...]
    sorts: Mapping[str, str]
    terms: Mapping[str, Term]
    named: Mapping[str, Value] = field(default_factory=dict)

    def columns(self, inputs: Mapping[str, Sequence[Value]]) -> list[Expression]:
        """The leaves with their values on these inputs, each a column ``(m,)``."""
        n_rows = len(next(iter(inputs.values()), ()))
        made = []
        for kind, term in self.leaves:
            value = term.value if term.value is not None else self.named.get(term.head)
            constant = value is not None
            column = (value,) * n_rows if constant else tuple(inputs[term.head])
            made.append(Expression(show(term), kind, column, 1, constant=constant))
        return made

    def codecs(self) -> dict[str, Codec]:
        """A codec for every type; types of one sort share theirs."""
        by_sort = {sort: codec_of(sort) for sort in sorted(set(self.sorts.values()))}
        return {name: by_sort[sort] for name, sort in self.sorts.items()}

    def term(self, expression: Expression) -> Term:
        """The term an expression of this grammar stands for."""
        if expression.operator is None:
            return self.terms[expression.source]
        return Term(expression.operator.name, tuple(self.term(arg) for arg in expression.args))


@dataclass(slots=True)
class _Building:
    sorts: dict[str, str]
    variables: Mapping[str, str]
    functions: Functions
    definitions: Definitions
    operators: list[Operator] = field(default_factory=list)
    branches: dict[str, Operator] = field(default_factory=dict)
    leaves: dict[tuple[str, Term], None] = field(default_factory=dict)
    named: dict[str, Value] = field(default_factory=dict)


def term_grammar(task: SygusTask, function: SygusFunction, *, examples: Sequence[Example]) -> TermGrammar:
    """The function's grammar, or all operators of its logic where the file leaves it open.

    Args:
        task: The file.
        function: What is to be found.
        examples: Where constants are taken from, if any constant may be used.

    Raises:
        BadInput: The grammar is nested too deeply.
        Unsupported: There is no grammar and none is made for these sorts.
    """
    try:
        return _term_grammar(task, function, examples)
    except RecursionError:
        raise BadInput(f"the grammar of {function.name} is nested too deeply; simplify it") from None


def _term_grammar(task: SygusTask, function: SygusFunction, examples: Sequence[Example]) -> TermGrammar:
    grammar = function.grammar or default_grammar(function, logic=task.logic)
    building = _Building(dict(grammar.sorts), dict(function.parameters), task.definition_sorts, task.definitions)
    alias = _aliases(grammar)
    for name in grammar.sorts:
        if alias.get(name, name) != name:
            continue
        for term in _rules(grammar, name, alias):
            _add(building, name, term, alias)
        if name in grammar.constants:
            for value in [*useful_constants(grammar.sorts[name], examples), *_written(task, grammar.sorts[name])]:
                building.leaves.setdefault((name, literal(value)))
    start = alias.get(grammar.start, grammar.start)
    if not building.leaves:
        raise BadInput(f"the grammar of {function.name} has no constant and no variable, so it makes no term")
    terms = {show(term): term for _, term in building.leaves}
    if start not in building.branches:  # no case distinction at the top can stand for those inside
        building.operators += building.branches.values()
        building.branches.clear()
    return TermGrammar(start, tuple(building.operators), building.branches, tuple(building.leaves), building.sorts,
                       terms, building.named)  # fmt: skip


def _written(task: SygusTask, sort: str) -> list[Value]:
    """Constants of a sort in constraints, examples and the file's functions, if some constraint is no example."""
    terms = [*task.constraints, *(body for _, body in task.definitions.values())] if task.constraints else []
    found = [inner.value for term in terms for inner in walk(term) if inner.value is not None]
    found += [value for e in task.examples[:_MAX_WRITTEN] for value in (*e.args, e.value)] if terms else []
    return list(dict.fromkeys(value for value in found if sort_of(value) == sort))[:_MAX_WRITTEN]


def _aliases(grammar: SygusGrammar) -> dict[str, str]:
    """Non-terminals that stand for exactly one other, and which."""
    direct: dict[str, str] = {}
    for name in grammar.sorts:
        rules = [term for head, term in grammar.productions if head == name]
        if len(rules) == 1 and rules[0].head in grammar.sorts and name not in grammar.constants:
            direct[name] = rules[0].head
    found = {}
    for name in direct:
        seen, at = {name}, name
        while at in direct and direct[at] not in seen:
            at = direct[at]
            seen.add(at)
        found[name] = at
    return found


def _rules(grammar: SygusGrammar, name: str, alias: Mapping[str, str]) -> list[Term]:
    """The rules of a non-terminal, with those of the non-terminals it may simply become."""
    seen: set[str] = set()
    waiting, made = [name], []
    while waiting:
        at = waiting.pop(0)
        if at in seen:
            continue
        seen.add(at)
        for head, term in grammar.productions:
            if head == at and not term.args and term.head in grammar.sorts:
                waiting.append(alias.get(term.head, term.head))
            elif head == at:
                made.append(term)
    return made


def _add(building: _Building, kind: str, term: Term, alias: Mapping[str, str]) -> None:
    if not term.args:
        if term.head in building.definitions and not _evaluated(building, term):
            return
        building.leaves.setdefault((kind, term))
        return
    takes = tuple(_argument(building, arg, alias) for arg in term.args)
    sorts = tuple(building.sorts[name] for name in takes)
    how = meaning(term.head, len(takes), sorts, definitions=building.definitions)
    head = term.head.replace("{", "{{").replace("}", "}}")
    slots = " ".join(f"{{{i}}}" for i in range(len(takes)))
    operator = Operator(
        f"({head} {slots})", takes, kind, how.function, name=term.head, array=how.array,
        bound=how.bound, total=how.total, relevant=how.relevant, idle=how.idle, partial=how.partial,
        table=how.table,
    )  # fmt: skip
    if term.head == "ite" and takes[1] == takes[2] == kind:
        building.branches.setdefault(kind, operator)
    else:
        building.operators.append(operator)


def _evaluated(building: _Building, term: Term) -> bool:
    """Whether a function without parameters has a value; it is kept."""
    try:
        building.named[term.head] = evaluate(term, {}, definitions=building.definitions)
    except BadInput:
        return False
    return True


def _argument(building: _Building, arg: Term, alias: Mapping[str, str]) -> str:
    """The type of an argument; a term that is no non-terminal gets a type of its own."""
    if not arg.args and arg.value is None and arg.head in building.sorts:
        return alias.get(arg.head, arg.head)
    name = f" {show(arg)}"  # a blank, as no name in a file has
    if name not in building.sorts:
        building.sorts[name] = term_sort(arg, {**building.sorts, **building.variables}, functions=building.functions)
        _add(building, name, arg, alias)
    return name


def codec_of(sort: str) -> Codec:
    """The codec of a sort of SMT-LIB."""
    from unriddle.propose.values import BitCodec, DirectCodec, TableCodec

    if sort in ("Int", "Bool"):
        return DirectCodec(boolean=sort == "Bool")
    if sort.startswith("(_ BitVec") and (width := int(sort.split()[-1].rstrip(")"))) <= 64:
        return BitCodec(width, wrap=lambda value: BitVector(value, width), unwrap=lambda vector: vector.value)
    return TableCodec()
