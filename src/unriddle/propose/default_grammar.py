"""The grammar where a SyGuS file gives none, and the constants worth trying where it allows any.

Not covered: constants that no example shows and that are not among the usual small ones.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from unriddle.errors import Unsupported
from unriddle.grammar.read_grammar import SygusGrammar
from unriddle.grammar.sygus import Example, SygusFunction
from unriddle.grammar.term import BitVector, Term, Value

__all__ = ["default_grammar", "useful_constants"]

_TEXT_RULES = (
    ("s", "str.++", "s s"), ("s", "str.replace", "s s s"), ("s", "str.at", "s i"), ("s", "str.from_int", "i"),
    ("s", "str.substr", "s i i"), ("s", "ite", "b s s"), ("i", "str.len", "s"), ("i", "str.to_int", "s"),
    ("i", "str.indexof", "s s i"), ("b", "str.prefixof", "s s"), ("b", "str.suffixof", "s s"),
    ("b", "str.contains", "s s"), ("b", "=", "s s"),
)  # fmt: skip
_NUMBER_RULES = (
    ("i", "+", "i i"), ("i", "-", "i i"), ("i", "ite", "b i i"), ("b", "=", "i i"), ("b", "<=", "i i"),
    ("b", "not", "b"), ("b", "and", "b b"), ("b", "or", "b b"),
)  # fmt: skip
_PRODUCT_RULES = (("i", "*", "i i"), ("i", "div", "i i"), ("i", "mod", "i i"))
_VECTOR_RULES = (
    ("v", "bvnot", "v"), ("v", "bvneg", "v"), ("v", "bvadd", "v v"), ("v", "bvsub", "v v"), ("v", "bvand", "v v"),
    ("v", "bvor", "v v"), ("v", "bvxor", "v v"), ("v", "bvmul", "v v"), ("v", "bvshl", "v v"), ("v", "bvlshr", "v v"),
    ("v", "bvashr", "v v"), ("v", "ite", "b v v"), ("b", "=", "v v"), ("b", "bvult", "v v"), ("b", "not", "b"),
    ("b", "and", "b b"),
)  # fmt: skip


def default_grammar(function: SygusFunction, *, logic: str) -> SygusGrammar:
    """All operators of the function's sorts, its parameters, and any constant.

    Args:
        function: What is to be found.
        logic: The file's; multiplication needs one that is not linear.

    Raises:
        Unsupported: Parameters and value are bit-vectors of different widths, or bit-vectors and something else that is
            no ``Bool``.
    """
    sorts = {sort for _, sort in function.parameters} | {function.returns}
    vectors = {sort for sort in sorts if sort.startswith("(_")}
    if len(vectors) > 1 or (vectors and sorts & {"String", "Int"}):
        raise Unsupported(f"{function.name}: sorts {', '.join(sorted(sorts))} together need a grammar in the file")
    names = {"b": "Bool", "i": "Int"} | ({"s": "String"} if "String" in sorts else {})
    rules = [*_NUMBER_RULES, *(_TEXT_RULES if "String" in sorts else ())]
    rules += _PRODUCT_RULES if logic not in ("LIA", "SLIA", "QF_LIA", "QF_SLIA") else ()
    if vectors:
        names, rules = {"b": "Bool", "v": vectors.pop()}, list(_VECTOR_RULES)
    own = {short: f" {short}" for short in names}  # no parameter can have such a name
    by_sort = {sort: own[short] for short, sort in names.items()}
    start = by_sort[function.returns]
    order = {start: function.returns, **{own[short]: sort for short, sort in names.items()}}
    productions = [(by_sort[sort], Term(name)) for name, sort in function.parameters]
    for gives, head, takes in rules:
        productions.append((own[gives], Term(head, tuple(Term(own[short]) for short in takes.split()))))
    return SygusGrammar(start, order, tuple(productions), frozenset(own.values()))


def useful_constants(sort: str, examples: Sequence[Example]) -> list[Value]:
    """Constants of a sort: the usual small ones, separators that stand in the inputs, and outputs seen more than once.

    >>> useful_constants("String", [Example(("a-b",), "a", 1), Example(("c-d",), "c", 2)])
    ['', ' ', '-']
    """
    if sort == "Bool":
        return [True, False]
    if sort == "Int":
        seen = [example.value for example in examples if type(example.value) is int]
        return list(dict.fromkeys([0, 1, 2, -1, *(v for v, n in Counter(seen).items() if n > 1)]))
    if sort == "String":
        texts = [arg for example in examples for arg in example.args if isinstance(arg, str)]
        seen_texts = [example.value for example in examples if isinstance(example.value, str)]
        marks = Counter(c for text in [*texts, *seen_texts] for c in set(text) if not c.isalnum())
        wide = [c for c, n in marks.items() if 2 * n >= len(examples)]
        repeated = [text for text, n in Counter(seen_texts).items() if n > 1]
        return list(dict.fromkeys(["", " ", *sorted(wide), *repeated]))
    width = int(sort.split()[-1].rstrip(")"))
    return [BitVector(value % (1 << width), width) for value in (0, 1, 2, -1)]
