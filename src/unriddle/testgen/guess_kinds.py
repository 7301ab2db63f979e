"""What kinds of values the parameters of a function take where its annotations do not say.

Told by, in this order: annotations; inputs that are known, among them calls with literal arguments in the file itself
(doctests, asserts); defaults; how the body uses the parameter; its name. Several guesses stand in order of
plausibility, so that running the function may decide between them. Nothing is executed here. Not covered: objects of
the program's own classes, and callables.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from unriddle.errors import BadProblem
from unriddle.language.fold import fold, is_literal
from unriddle.language.python import definition, doctests, parse, signature
from unriddle.language.values import encode
from unriddle.problem import Parameter, Signature
from unriddle.testgen.inputs import argument_kinds
from unriddle.testgen.kinds import ANY, Kind, kind_of_annotation, kind_of_values, merge
from unriddle.testgen.shape import Shape
from unriddle.testgen.usage import shapes_of_parameters

__all__ = ["annotation_of", "example_calls", "find_signature", "guess_kinds", "guess_signature", "likely_kinds"]

_NAMES: tuple[tuple[str, Kind], ...] = tuple(
    (rf"(?:{pattern})\d*", kind)
    for pattern, kind in (
        ("n|k|i|j|m|num|number|count|size|length|limit|target|start|end|low|high|lo|hi|index|idx|year|month|day|times",
         Kind("int")),
        ("words|strings|strs|lines|tokens|names|sentences", Kind("list", (Kind("str"),))),
        ("s|st|str|string|text|txt|word|line|sentence|msg|message|prefix|suffix|pattern|substr|name|char|ch|brackets|"
         "paren_string|parens|password|sep|delimiter|letter|haystack|needle", Kind("str")),
        ("matrix|grid|board|mat|table|rows|lists", Kind("list", (Kind("list", (Kind("int"),)),))),
        ("l|lst|ls|arr|array|nums|numbers|values|list|xs|items|seq|sequence|elements|data|a|v|ints|integers|digits|"
         "operand|coins|weights|heights|scores|prices", Kind("list", (Kind("int"),))),
        ("d|dic|dict|dictionary|mapping|counts|freq", Kind("dict", (Kind("str"), Kind("int")))),
        ("flag|is_.*|has_.*|reverse|ascending|strict", Kind("bool")),
        ("x|y|z|price|rate|ratio|threshold|radius|width|height|eps|epsilon|tol", Kind("either", (Kind("int"),
                                                                                           Kind("float")))),
    )
)  # fmt: skip
_NAME_WEIGHT = 0.5
_SPREAD: dict[str, dict[str, float]] = {
    "number": {"int": 1.0, "float": 0.9},
    "sequence": {"list": 1.0, "str": 0.9, "tuple": 0.3},
    "iterable": {"list": 1.0, "str": 0.7, "set": 0.2, "dict": 0.2},
    "sized": {"list": 1.0, "str": 1.0, "dict": 0.3, "set": 0.2},
    "changed": {"list": 1.0, "dict": 0.6},
    "row": {"tuple": 1.0, "list": 0.6},
}
"""What a wider vote means for the kinds under it."""
_FALLBACK = (Kind("int"), Kind("list", (Kind("int"),)), Kind("str"), Kind("list", (Kind("str"),)), Kind("float"))
_DEPTH = 4


def guess_signature(source: str, entry: str, *, known: Sequence[tuple[Any, ...]] = ()) -> Signature:
    """The signature with an annotation for every parameter that takes a place; annotations that are there are kept.

    Args:
        source: The program.
        entry: Its function; a class (its ``__init__``) or ``Class.method`` as well, without ``self``.
        known: Argument tuples that are good; calls with literal arguments in the source are found by themselves.

    Raises:
        BadProblem: The source cannot be read or has no such function.

    >>> guess_signature("def f(s, n=2):\\n    return s.lower() * n", "f").header()
    'def f(s: str, n: int = 2):'
    """
    head = find_signature(source, entry)
    kinds = iter(guess_kinds(source, entry, known=known))
    parameters = []
    for p in head.parameters:
        kind = next(kinds, ANY) if _takes_place(p, head) else ANY
        parameters.append(p if p.annotation or kind == ANY else replace(p, annotation=annotation_of(kind)))
    return replace(head, parameters=tuple(parameters))


def guess_kinds(source: str, entry: str, *, known: Sequence[tuple[Any, ...]] = ()) -> tuple[Kind, ...]:
    """``(parameters that take a place,)``: the most plausible kind of each; see ``likely_kinds``.

    Raises:
        BadProblem: The source cannot be read or has no such function.

    >>> [k.name for k in guess_kinds("def f(x, y):\\n    for a in x:\\n        y = a % 2 + y\\n    return y", "f")]
    ['list', 'int']
    """
    return tuple(guesses[0] for guesses in likely_kinds(source, entry, known=known))


def likely_kinds(source: str, entry: str, *, known: Sequence[tuple[Any, ...]] = ()) -> tuple[tuple[Kind, ...], ...]:
    """``(arguments,)``: kinds of each, the most plausible first; one where it is told. A ``*`` parameter takes several.

    Args:
        source: The program.
        entry: Its function; a class (its ``__init__``) or ``Class.method`` as well, without ``self``.
        known: Argument tuples that are good.

    Raises:
        BadProblem: The source cannot be read or has no such function.
    """
    head = find_signature(source, entry)
    node = _function(source, entry)
    places = [p for p in head.parameters if _takes_place(p, head)]
    seen = [*known, *example_calls(source, entry)]
    fitting = [args for args in seen if len(args) <= len(places)]
    told = argument_kinds(replace(head, parameters=tuple(places)), fitting)
    told = (*told, *argument_kinds(replace(head, parameters=tuple(places[len(told) :])), []))
    shapes = shapes_of_parameters(node) if node else {}
    found: list[tuple[Kind, ...]] = []
    for parameter, kind in zip(places, told, strict=True):
        if not kind.vague:
            found.append((kind,))
            continue
        guesses = _resolve(shapes.get(parameter.name, Shape()), parameter.name)
        narrow = [_fill(kind, guess) for guess in guesses] if kind != ANY else guesses
        found.append(tuple(dict.fromkeys(k for k in narrow if k is not None)) or (_fill(kind, Kind("int")) or kind,))
    return (*found, *_rest(head, len(places), seen))


def _rest(head: Signature, n_places: int, seen: Sequence[tuple[Any, ...]]) -> list[tuple[Kind, ...]]:
    """What a ``*`` parameter takes: as many values as were seen, or two."""
    rest = next((p for p in head.parameters if p.name.startswith("*") and p.name[1:2] not in ("", "*")), None)
    if rest is None:
        return []
    told = kind_of_annotation(rest.annotation)
    shown = merge([kind_of_values(args[n_places:]) for args in seen])
    kind = told if not told.vague else shown if not shown.vague else Kind("int")
    n = max([len(args) - n_places for args in seen] or [2])
    return [(kind,)] * max(0, n)


def find_signature(source: str, entry: str) -> Signature:
    """The signature of a function, a class's ``__init__`` or a method (``Class.method``), without ``self``.

    Raises:
        BadProblem: The source cannot be read or has no such definition.
    """
    if "." not in entry:
        return signature(source, entry)
    owner, _, name = entry.rpartition(".")
    node = definition(source, owner)
    method = _method(node, name)
    if method is None:
        raise BadProblem(f"the source: expected a method {name!r} in class {owner!r}; it has none")
    head = signature(ast.unparse(method), name)
    still = any(isinstance(d, ast.Name) and d.id == "staticmethod" for d in method.decorator_list)
    return replace(head, name=name, parameters=head.parameters if still else head.parameters[1:])


def _function(source: str, entry: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    owner, _, name = entry.rpartition(".")
    node = definition(source, owner or entry)
    if isinstance(node, ast.ClassDef):
        return _method(node, name if owner else "__init__")
    return node


def _method(node: ast.AST, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    functions = [n for n in getattr(node, "body", ()) if isinstance(n, (ast.FunctionDef, ast.AsyncFunctionDef))]
    return next((n for n in functions if n.name == name), None)


def _takes_place(parameter: Parameter, head: Signature) -> bool:
    """Whether a positional argument can be meant for it."""
    names = [p.name for p in head.parameters]
    end = next((i for i, name in enumerate(names) if name.startswith("*")), len(names))
    return parameter.name in names[:end] and parameter.name != "/"


def example_calls(source: str, entry: str) -> list[tuple[Any, ...]]:
    """Argument tuples of calls of the function with literal arguments in the source: doctests, asserts, any other.

    Calls inside the function itself do not count. Distinct, in order of appearance; nothing is executed.

    >>> example_calls("def f(x):\\n    '''>>> f([1])\\n    2'''\\nassert f([2]) == 3", "f")
    [([1],), ([2],)]
    """
    name = entry.rpartition(".")[2]
    found: dict[bytes, tuple[Any, ...]] = {}
    for tree in _texts(source):
        for node in _outside(tree, name):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if called == name and not node.keywords and all(is_literal(arg) for arg in node.args):
                args = tuple(fold(arg) for arg in node.args)
                found.setdefault(encode(args), args)
    return list(found.values())


def _texts(source: str) -> Iterator[ast.AST]:
    """The program, and the examples in its texts."""
    try:
        tree = parse(source)
    except BadProblem:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and ">>>" in node.value:
            for example, _, _ in doctests(node.value):
                try:
                    yield parse(example)
                except BadProblem:
                    continue
    yield tree


def _outside(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    if isinstance(tree, (ast.FunctionDef, ast.AsyncFunctionDef)) and tree.name == name:
        return
    if isinstance(tree, ast.Call):
        yield tree
    for child in ast.iter_child_nodes(tree):
        yield from _outside(child, name)


def _resolve(shape: Shape, name: str, depth: int = _DEPTH) -> list[Kind]:
    """Kinds that fit the votes, the best first."""
    scores = _scores(shape.find())
    named = next((kind for pattern, kind in _NAMES if re.fullmatch(pattern, name.lower())), None)
    if named is not None:
        for part in named.inside if named.name == "either" else (named,):
            scores[part.name] = scores.get(part.name, 0.0) + _NAME_WEIGHT
    best = max(scores.values(), default=0.0)
    order = sorted((kind for kind, score in scores.items() if score >= 0.25 * best), key=lambda kind: -scores[kind])
    if not order:
        return list(_FALLBACK)
    made = []
    for kind in order:
        hint = named if named is not None and named.name == kind else None
        made.append(_build(kind, shape.find(), hint, depth))
    if "none" in shape.find().votes and made[0].name != "none":
        made[0] = merge([made[0], Kind("none")])
    return [*made, *(k for k in _FALLBACK if k not in made)] if depth == _DEPTH else made


def _scores(shape: Shape) -> dict[str, float]:
    """Score of each concrete kind."""
    scores: dict[str, float] = {}
    for vote, weight in shape.votes.items():
        for kind, part in _SPREAD.get(vote, {vote: 1.0}).items():
            scores[kind] = scores.get(kind, 0.0) + part * weight
    scores.pop("none", None)
    if shape.votes.get("changed"):
        scores.pop("str", None)
        scores.pop("tuple", None)
    if shape.row is not None and "str" in scores:
        scores.pop("str")
    item = shape.item.find() if shape.item is not None else None
    if item is not None and "str" in scores:
        inner = _scores(item) if item is not shape else {}
        top = max(inner, key=lambda kind: inner[kind], default="")
        if top == "str":
            scores["str"] += 0.5
        elif top and inner[top] >= 1:
            scores["str"] -= min(scores["str"], inner[top])
    return {kind: score for kind, score in scores.items() if score > 0}


def _build(kind: str, shape: Shape, hint: Kind | None, depth: int) -> Kind:
    if kind not in ("list", "set", "frozenset", "deque", "dict", "tuple"):
        return Kind(kind)
    inner = hint.inside[-1] if hint is not None and hint.inside else Kind("int")
    if kind == "tuple" and shape.row is not None and depth > 0:
        return Kind("row", tuple(_resolve(part, "", depth - 1)[0] for part in shape.row))
    item = inner
    if shape.item is not None and depth > 0:
        guess = _resolve(shape.item, "", depth - 1)
        told = bool(shape.item.find().votes) or shape.item.find().item is not None or shape.item.find().row is not None
        item = guess[0] if told else inner
    if kind == "list" and shape.row is not None and depth > 0:
        item = merge([_resolve(part, "", depth - 1)[0] for part in shape.row])
    if kind == "dict":
        keys = _resolve(shape.key, "", depth - 1)[0] if shape.key is not None and depth > 0 else Kind("str")
        return Kind("dict", (keys if keys.name in ("int", "str", "float", "row") else Kind("str"), item))
    return Kind(kind, (item,))


def _fill(vague: Kind, guess: Kind) -> Kind | None:
    """What is told (``list`` of something), with the guess where nothing is told; ``None`` where they disagree."""
    if vague.name == "any":
        return guess
    if vague.name == guess.name and len(vague.inside) == len(guess.inside):
        inside = [_fill(v, g) for v, g in zip(vague.inside, guess.inside, strict=True)]
        return Kind(vague.name, tuple(k for k in inside if k is not None)) if None not in inside else None
    if vague.name == "either" or guess.name == "either":
        return None
    return None if any(k.name == "any" for k in vague.inside) else vague


def annotation_of(kind: Kind) -> str:
    """The annotation that ``kind_of_annotation`` reads as this kind; empty for ``any``.

    >>> annotation_of(Kind("dict", (Kind("str"), Kind("either", (Kind("int"), Kind("none"))))))
    'dict[str, int | None]'
    """
    if kind.name == "any":
        return ""
    if kind.name == "none":
        return "None"
    if kind.name == "either":
        return " | ".join(annotation_of(k) for k in kind.inside)
    if kind.name == "literal":
        return f"Literal[{', '.join(map(repr, kind.values))}]"
    if not kind.inside:
        return "tuple" if kind.name in ("row", "tuple") else kind.name
    inside = ", ".join(annotation_of(k) or "object" for k in kind.inside)
    if kind.name == "tuple":
        return f"tuple[{inside}, ...]"
    return f"{'tuple' if kind.name == 'row' else kind.name}[{inside}]"
