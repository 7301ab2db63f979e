"""Terms of SMT-LIB as Python functions with exactly the same values, out-of-range cases included.

Bit-vectors become whole numbers that are not negative. Not covered: operators with indices other than ``extract``,
``zero_extend`` and signed bit-vector arithmetic beyond shifting right.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping

from unriddle.errors import Unsupported
from unriddle.grammar.expand import expanded, expanded_size
from unriddle.grammar.smt import NAMES
from unriddle.grammar.sorts import term_sort
from unriddle.grammar.sygus import SygusFunction, SygusTask
from unriddle.grammar.term import BitVector, Term, Value, substitute

__all__ = ["function_name", "parameter_names", "python_function", "python_value"]

_HELPERS = {
    "_substr": "def _substr(s, i, n):\n    return s[i : i + n] if 0 <= i < len(s) and n > 0 else ''",
    "_find": "def _find(s, t, i):\n    return s.find(t, i) if 0 <= i <= len(s) else -1",
    "_number": "def _number(s):\n    return int(s) if s and all(c in '0123456789' for c in s) else -1",
    "_digits": "def _digits(n):\n    return str(n) if n >= 0 else ''",
    "_div": "def _div(a, b):\n    return a // b if b > 0 else -(a // -b)",
    "_replace_all": "def _replace_all(s, t, u):\n    return s.replace(t, u) if t else s",
    "_code": "def _code(s):\n    return ord(s) if len(s) == 1 else -1",
    "_char": "def _char(n):\n    return chr(n) if 0 <= n < 0x30000 else ''",
    "_is_digit": "def _is_digit(s):\n    return len(s) == 1 and s in '0123456789'",
    "_signed": "def _signed(a, width):\n    return a - (1 << width) if a >> (width - 1) else a",
}
_TEMPLATES = {
    "str.at": "_substr({0}, {1}, 1)", "str.substr": "_substr({0}, {1}, {2})", "str.len": "len({0})",
    "str.replace": "{0}.replace({1}, {2}, 1)", "str.replace_all": "_replace_all({0}, {1}, {2})",
    "str.prefixof": "{1}.startswith({0})", "str.suffixof": "{1}.endswith({0})", "str.contains": "({1} in {0})",
    "str.to_int": "_number({0})", "str.from_int": "_digits({0})", "str.to_code": "_code({0})",
    "str.from_code": "_char({0})", "str.is_digit": "_is_digit({0})", "str.rev": "{0}[::-1]", "not": "(not {0})",
    "abs": "abs({0})", "div": "_div({0}, {1})", "mod": "({0} % abs({1}))", "ite": "({1} if {0} else {2})",
    "=>": "(not {0} or {1})", "xor": "({0} != {1})", "distinct": "({0} != {1})", "bvnot": "(~{0} & {mask})",
    "bvneg": "(-{0} & {mask})", "bvshl": "(({0} << min({1}, {width})) & {mask})",
    "bvlshr": "({0} >> min({1}, {width}))", "bvashr": "((_signed({0}, {width}) >> min({1}, {width})) & {mask})",
    "bvudiv": "({0} // {1} if {1} else {mask})", "bvurem": "({0} % {1} if {1} else {0})",
    "bvult": "({0} < {1})", "bvule": "({0} <= {1})", "bvugt": "({0} > {1})", "bvuge": "({0} >= {1})",
}  # fmt: skip
_CHAINS = {"=": "==", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "str.<": "<", "str.<=": "<="}
_JOINS = {"str.++": "+", "+": "+", "-": "-", "*": "*", "and": "and", "or": "or"}
_BIT_JOINS = {"bvadd": "+", "bvsub": "-", "bvmul": "*", "bvand": "&", "bvor": "|", "bvxor": "^"}
_SORTS = {"String": "str", "Int": "int", "Bool": "bool"}
_RESERVED = frozenset([*keyword.kwlist, "len", "str", "int", "min", "abs", "all", "ord", "chr"])
_MAX_SIZE = 2000


def python_function(task: SygusTask, body: Term) -> str:
    """A Python function with the body's values, and the helpers it needs above it.

    Raises:
        Unsupported: The body uses an operator that has no Python form here, or is too large with the file's functions
            written out.
    """
    function = task.functions[0]
    names = parameter_names(function)
    if expanded_size(body, task.definitions, limit=_MAX_SIZE) > _MAX_SIZE:
        raise Unsupported("the answer is too large as Python; the SyGuS text of the answer has it")
    renamed = substitute(expanded(body, task.definitions), {old: Term(new) for old, new in names.items()})
    sorts = {names[name]: sort for name, sort in function.parameters}
    text = _expression(renamed, sorts)
    text = text[1:-1] if _wrapped(text) else text
    helpers = [source for name, source in _HELPERS.items() if f"{name}(" in text]
    parameters = ", ".join(f"{names[name]}: {_SORTS.get(sort, 'int')}" for name, sort in function.parameters)
    head = f"def {function_name(function)}({parameters}) -> {_SORTS.get(function.returns, 'int')}:"
    return "\n\n\n".join([*helpers, f"{head}\n    return {text}"]) + "\n"


def function_name(function: SygusFunction) -> str:
    """The function's name as a Python name."""
    return _identifier(function.name, set())


def parameter_names(function: SygusFunction) -> dict[str, str]:
    """Python names of the parameters, distinct ones."""
    taken = {function_name(function)}
    names = {}
    for name, _ in function.parameters:
        names[name] = _identifier(name, taken)
        taken.add(names[name])
    return names


def python_value(value: Value) -> bool | int | str:
    """The value as Python has it: a bit-vector as a number."""
    return value.value if isinstance(value, BitVector) else value


def _identifier(name: str, taken: set[str]) -> str:
    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    plain = f"v{plain}" if not plain or plain[0].isdigit() else plain
    while plain in _RESERVED or plain in taken or plain in _HELPERS:
        plain += "_"
    return plain


def _wrapped(text: str) -> bool:
    """Whether one pair of parentheses encloses the whole text (texts in quotes may hold any)."""
    if not text.startswith("(") or re.search(r"['\"]", text):
        return False
    depth = 0
    for place, c in enumerate(text):
        depth += {"(": 1, ")": -1}.get(c, 0)
        if depth == 0:
            return place == len(text) - 1
    return False


def _expression(term: Term, sorts: Mapping[str, str]) -> str:
    if term.value is not None:
        value = python_value(term.value)
        return f"({value})" if isinstance(value, int) and value < 0 else repr(value)
    if not term.args:
        return term.head
    name = NAMES.get(term.head, term.head)
    args = [_expression(arg, sorts) for arg in term.args]
    if name == "-" and len(args) == 1:
        return f"(-{args[0]})"
    if name == "str.indexof":
        return f"_find({args[0]}, {args[1]}, {args[2] if len(args) > 2 else 0})"
    if name in _JOINS:
        return f"({f' {_JOINS[name]} '.join(args)})"
    if name in _CHAINS:
        return f"({f' {_CHAINS[name]} '.join(args)})"
    sort = term_sort(term.args[-1], sorts)
    width = int(sort.split()[-1].rstrip(")")) if sort.startswith("(_") else 0
    mask = hex((1 << width) - 1)
    if name in _BIT_JOINS:
        return f"(({f' {_BIT_JOINS[name]} '.join(args)}) & {mask})"
    indexed = re.fullmatch(r"\(_ (extract|zero_extend) (\d+)(?: (\d+))?\)", name)
    if indexed:
        if indexed[1] == "zero_extend":
            return args[0]
        low = int(indexed[3])
        return f"(({args[0]} >> {low}) & {hex((1 << (int(indexed[2]) - low + 1)) - 1)})"
    if name not in _TEMPLATES or (name in ("=>", "xor", "distinct", "mod", "div") and len(args) != 2):
        raise Unsupported(f"the operator {term.head} has no Python form here; the SyGuS text of the answer has it")
    return _TEMPLATES[name].format(*args, mask=mask, width=width)
