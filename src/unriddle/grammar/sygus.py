"""SyGuS-IF: reading versions 1, 2.0 and 2.1 of the format, for strings, integers, booleans and bit-vectors.

Constraints that are examples (``(= (f 1 2) 3)``) become ``Example``; every other constraint is kept as a term.
Not covered: weighted productions, oracles, and solving constraints that are no examples, which needs a verifier in the
loop.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from unriddle.errors import BadInput, BadProblem, Unsupported, shorten
from unriddle.grammar.invariant import invariant_constraints
from unriddle.grammar.read_grammar import SygusGrammar, check_sort, read_grammar
from unriddle.grammar.read_term import is_operator, read_sort, read_term
from unriddle.grammar.sexpr import Node, parse
from unriddle.grammar.smt import evaluate
from unriddle.grammar.term import Term, Value, sort_of, walk

__all__ = ["Example", "SygusFunction", "SygusTask", "read_sygus"]

_THEORIES = {"S", "LIA", "NIA", "BV", "SLIA", "SNIA"}
_LOGICS = {*_THEORIES, *(f"QF_{name}" for name in _THEORIES), *(f"PBE_{name}" for name in _THEORIES), "ALL"}
_IGNORED = ("set-option", "set-info", "set-options", "set-feature", "exit")
_NOT_COVERED = ("declare-fun", "declare-datatype",
                "declare-datatypes", "declare-weight", "optimize-synth", "chc-constraint", "declare-oracle-fun",
                "oracle-constraint", "define-sort", "declare-sort")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Example:
    """A function's value on some arguments, and the line that says so."""

    args: tuple[Value, ...]
    value: Value
    line: int


@dataclass(frozen=True, slots=True)
class SygusFunction:
    """A function to be found.

    Attributes:
        name: Its name.
        parameters: Names and sorts.
        returns: Its sort.
        grammar: What its body may be; ``None`` when the file leaves that open.
        where: File, line and column, for messages.
    """

    name: str
    parameters: tuple[tuple[str, str], ...]
    returns: str
    grammar: SygusGrammar | None = None
    where: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class SygusTask:
    """What a SyGuS file asks for.

    Attributes:
        logic: As named in the file.
        functions: What is to be found.
        variables: Universally quantified variables and their sorts.
        definitions: Functions the file defines: parameters and body.
        definition_sorts: Sorts of their parameters, then of their value.
        examples: Of the function, when there is one function; repeated ones once.
        constraints: Every constraint that is no example.
        assumptions: What may be assumed of the variables.
        n_repeated: How many examples were written more than once.
    """

    logic: str
    functions: tuple[SygusFunction, ...]
    variables: tuple[tuple[str, str], ...] = ()
    definitions: Mapping[str, tuple[tuple[str, ...], Term]] = field(default_factory=dict)
    definition_sorts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()
    constraints: tuple[Term, ...] = ()
    assumptions: tuple[Term, ...] = ()
    n_repeated: int = 0


@dataclass(slots=True)
class _Reading:
    path: str
    logic: str = ""
    known: dict[str, int] = field(default_factory=dict)
    functions: list[SygusFunction] = field(default_factory=list)
    variables: list[tuple[str, str]] = field(default_factory=list)
    definitions: dict[str, tuple[tuple[str, ...], Term]] = field(default_factory=dict)
    definition_sorts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sorts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    constraints: list[tuple[Term, Node]] = field(default_factory=list)
    assumptions: list[Term] = field(default_factory=list)
    checked: bool = False


def read_sygus(text: str, *, path: str = "<text>") -> SygusTask:
    """The task in the text of a ``.sl`` file.

    Args:
        text: What the file holds.
        path: For messages.

    Raises:
        BadProblem: It cannot be read (line and column are given), asks for nothing, has an empty grammar, or two of its
            examples contradict each other (both lines are given).
        Unsupported: The logic or a command is not covered; it is named.
    """
    reading = _Reading(path)
    for node in parse(text, path=path):
        try:
            _command(reading, node)
        except RecursionError:
            node.bad(path, "this is nested too deeply; simplify it")
    if not reading.functions:
        raise BadProblem(f"{path}:1:1: expected a synth-fun command that says what is to be found, got none; add one")
    if not reading.checked:
        raise BadProblem(f"{path}:1:1: expected a check-synth command at the end, got none; is the file whole?")
    examples, rest = _examples(reading)
    return SygusTask(
        reading.logic or "ALL",
        tuple(reading.functions),
        tuple(reading.variables),
        reading.definitions,
        reading.definition_sorts,
        tuple(examples.values()),
        tuple(rest),
        tuple(reading.assumptions),
        len(reading.constraints) - len(rest) - len(examples),
    )


def _command(reading: _Reading, node: Node) -> None:
    if not node.items or node.items[0].items is not None:
        node.bad(reading.path, f"expected a command such as (check-synth), got {shorten(node.show())}")
    name, args = node.items[0].text, node.items[1:]
    if name in _NOT_COVERED:
        raise Unsupported(
            f"{reading.path}:{node.line}:{node.column}: the command {name} is not supported; functions to be found "
            "from examples over strings, integers, booleans and bit-vectors are"
        )
    if name in _IGNORED:
        return
    if name == "check-synth":
        reading.checked = True
        return
    shapes = {"set-logic": (1, 1), "synth-fun": (3, 5), "declare-var": (2, 2), "define-fun": (4, 4),
              "constraint": (1, 1), "assume": (1, 1), "synth-inv": (2, 4), "inv-constraint": (4, 4),
              "declare-primed-var": (2, 2)}  # fmt: skip
    if name not in shapes:
        node.items[0].bad(reading.path, f"the command {shorten(name)} is not known; correct it")
    low, high = shapes[name]
    if not low <= len(args) <= high:
        node.bad(reading.path, f"{name} takes {low}{f' to {high}' if high > low else ''} parts, got {len(args)}")
    _COMMANDS[name](reading, args)


def _set_logic(reading: _Reading, args: tuple[Node, ...]) -> None:
    reading.logic = args[0].text
    if reading.logic not in _LOGICS:
        raise Unsupported(
            f"{reading.path}:{args[0].line}:{args[0].column}: the logic {shorten(args[0].show())} is not supported; "
            f"these are: {', '.join(sorted(_THEORIES))}"
        )


def _name(reading: _Reading, node: Node, n_args: int) -> str:
    if node.items is not None or node.is_string or node.text[0].isdigit() or is_operator(node.text):
        node.bad(reading.path, f"expected a name that has no meaning yet, got {shorten(node.show())}")
    if node.text in reading.known:
        node.bad(reading.path, f"{node.text} is declared twice; names must differ")
    reading.known[node.text] = n_args
    return node.text


def _parameters(reading: _Reading, node: Node) -> tuple[tuple[str, str], ...]:
    if node.items is None:
        node.bad(reading.path, f"expected a list of parameters, got {shorten(node.text)}")
    found: dict[str, str] = {}
    for item in node.items:
        if item.items is None or len(item.items) != 2 or item.items[0].items is not None:
            item.bad(reading.path, f"expected a parameter (name sort), got {shorten(item.show())}")
        name = item.items[0]
        if name.is_string or name.text[0].isdigit() or is_operator(name.text):
            name.bad(reading.path, f"expected a name that has no meaning yet, got {shorten(name.show())}")
        if name.text in reading.definitions:
            name.bad(reading.path, f"{name.text} is a function of this file; give the parameter another name")
        if name.text in found:
            item.bad(reading.path, f"two parameters are named {name.text}; names must differ")
        found[name.text] = read_sort(item.items[1], path=reading.path)
    return tuple(found.items())


def _synth_fun(reading: _Reading, args: tuple[Node, ...]) -> None:
    _to_be_found(reading, args, read_sort(args[2], path=reading.path), args[3:])


def _synth_inv(reading: _Reading, args: tuple[Node, ...]) -> None:
    _to_be_found(reading, args, "Bool", args[2:])


def _to_be_found(reading: _Reading, args: tuple[Node, ...], returns: str, rules: tuple[Node, ...]) -> None:
    parameters = _parameters(reading, args[1])
    name = _name(reading, args[0], len(parameters))
    grammar = None
    if rules:
        grammar = read_grammar(rules, path=reading.path, parameters=dict(parameters), returns=returns,
                               functions=reading.definition_sorts)  # fmt: skip
    where = f"{reading.path}:{args[0].line}:{args[0].column}"
    reading.functions.append(SygusFunction(name, parameters, returns, grammar, where))
    reading.sorts[name] = (*(sort for _, sort in parameters), returns)


def _declare_var(reading: _Reading, args: tuple[Node, ...]) -> None:
    name, sort = _name(reading, args[0], 0), read_sort(args[1], path=reading.path)
    reading.variables.append((name, sort))
    reading.sorts[name] = (sort,)


def _declare_primed_var(reading: _Reading, args: tuple[Node, ...]) -> None:
    _declare_var(reading, args)
    reading.known[f"{args[0].text}!"] = 0
    sort = reading.variables[-1][1]
    reading.variables.append((f"{args[0].text}!", sort))
    reading.sorts[f"{args[0].text}!"] = (sort,)


def _inv_constraint(reading: _Reading, args: tuple[Node, ...]) -> None:
    names = [node.text if node.items is None else node.show() for node in args]
    function = next((one for one in reading.functions if one.name == names[0]), None)
    if function is None or function.returns != "Bool":
        args[0].bad(reading.path, f"expected the name of an invariant to be found, got {shorten(names[0])}")
    sorts = tuple(sort for _, sort in function.parameters)
    for node, name, wanted in zip(args[1:], names[1:], (sorts, sorts + sorts, sorts), strict=True):
        if reading.definition_sorts.get(name) != (*wanted, "Bool"):
            node.bad(reading.path, f"expected a defined function of {len(wanted)} arguments of the invariant's sorts "
                                   f"that gives a Bool, got {shorten(name)}")  # fmt: skip
    before = [_variable(reading, name, sort) for name, sort in function.parameters]
    after = [_variable(reading, f"{name}!", sort) for name, sort in function.parameters]
    given = (names[0], names[1], names[2], names[3])
    reading.constraints += [(term, args[0]) for term in invariant_constraints(given, before, after)]


def _variable(reading: _Reading, name: str, sort: str) -> str:
    """A variable of this name and sort, declared if it is not yet; of another name where this one is taken."""
    while name in reading.known and (name, sort) not in reading.variables:
        name += "_"
    if name not in reading.known:
        reading.known[name] = 0
        reading.variables.append((name, sort))
        reading.sorts[name] = (sort,)
    return name


def _define_fun(reading: _Reading, args: tuple[Node, ...]) -> None:
    parameters = _parameters(reading, args[1])
    inside = {**reading.known, **{name: 0 for name, _ in parameters}}
    body = read_term(args[3], path=reading.path, known=inside)
    name = _name(reading, args[0], len(parameters))
    if any(name == other for function in reading.functions for other, _ in function.parameters):
        args[0].bad(reading.path, f"{name} is a parameter of the function to be found; give it another name")
    returns = read_sort(args[2], path=reading.path)
    check_sort(body, args[3], reading.path, dict(parameters), reading.sorts, returns)
    reading.definitions[name] = (tuple(p for p, _ in parameters), body)
    reading.sorts[name] = reading.definition_sorts[name] = (*(sort for _, sort in parameters), returns)


def _constraint(reading: _Reading, args: tuple[Node, ...]) -> None:
    reading.constraints.append((_statement(reading, args[0]), args[0]))


def _assume(reading: _Reading, args: tuple[Node, ...]) -> None:
    reading.assumptions.append(_statement(reading, args[0]))


def _statement(reading: _Reading, node: Node) -> Term:
    term = read_term(node, path=reading.path, known=reading.known)
    check_sort(term, node, reading.path, {}, reading.sorts, "Bool")
    return term


_COMMANDS = {"set-logic": _set_logic, "synth-fun": _synth_fun, "declare-var": _declare_var, "define-fun": _define_fun,
             "constraint": _constraint, "assume": _assume, "synth-inv": _synth_inv, "inv-constraint": _inv_constraint,
             "declare-primed-var": _declare_primed_var}  # fmt: skip


def _examples(reading: _Reading) -> tuple[dict[tuple[object, ...], Example], list[Term]]:
    """Examples by their arguments, and the constraints that are none."""
    found: dict[tuple[object, ...], Example] = {}
    rest: list[Term] = []
    for term, node in reading.constraints:
        example = _example(reading, term, node)
        if example is None:
            rest.append(term)
            continue
        key = tuple((sort_of(value), value) for value in example.args)
        other = found.setdefault(key, example)
        if other.value != example.value:
            raise BadProblem(
                f"{reading.path}:{node.line}:{node.column}: this example contradicts the one in line {other.line}: the "
                f"same arguments, but {shorten(other.value)} there and {shorten(example.value)} here; correct one"
            )
    return found, rest


def _example(reading: _Reading, term: Term, node: Node) -> Example | None:
    """``(= (f c …) d)`` in either order, ``(f c …)`` and ``(not (f c …))`` for a Bool, all of it ground."""
    if len(reading.functions) != 1:
        return None
    function = reading.functions[0]
    value: Value
    if term.head == "=" and len(term.args) == 2:
        call, result = term.args if term.args[0].head == function.name else reversed(term.args)
    elif term.head == "not" and len(term.args) == 1:
        call, result = term.args[0], Term("", (), False, "Bool")
    else:
        call, result = term, Term("", (), True, "Bool")
    if call.head != function.name:
        return None
    free = {function.name, *(name for name, _ in reading.variables)}
    if any(inner.head in free for part in (*call.args, result) for inner in walk(part)):
        return None
    try:
        args = tuple(evaluate(arg, {}, definitions=reading.definitions) for arg in call.args)
        value = evaluate(result, {}, definitions=reading.definitions)
    except BadInput as error:
        node.bad(reading.path, f"this example cannot be evaluated: {error}")
    return Example(args, value, node.line)
