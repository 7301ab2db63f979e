"""Which programs may share a process: a conservative check of the source, by what is allowed and never by what is not.

A program that passes can reach no object that another program of the same process can reach, except immutable ones
and functions without state: it defines no classes, sets no attributes, reads only attributes and names listed here,
and imports only modules whose listed parts keep no state. What it does not list is refused, so most refusals are of
harmless programs; those run alone. Not covered: time and memory, which the caller watches.
"""

from __future__ import annotations

import ast
import builtins
import re
import string
from collections.abc import Iterator
from functools import cache

__all__ = ["MODULES", "allowed_attributes", "why_alone"]


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_LONGEST = 20_000
_NODES = (
    *(ast.Module, ast.FunctionDef, ast.Return, ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Delete, ast.For),
    *(ast.While, ast.If, ast.Raise, ast.Try, ast.ExceptHandler, ast.Assert, ast.Import, ast.ImportFrom, ast.alias),
    *(ast.Global, ast.Nonlocal, ast.Expr, ast.Pass, ast.Break, ast.Continue, ast.BoolOp, ast.NamedExpr, ast.BinOp),
    *(ast.UnaryOp, ast.Lambda, ast.IfExp, ast.Dict, ast.Set, ast.ListComp, ast.SetComp, ast.DictComp),
    *(ast.GeneratorExp, ast.Yield, ast.YieldFrom, ast.Compare, ast.Call, ast.FormattedValue, ast.JoinedStr),
    *(ast.Constant, ast.Attribute, ast.Subscript, ast.Starred, ast.Name, ast.List, ast.Tuple, ast.Slice),
    *(ast.comprehension, ast.arguments, ast.arg, ast.keyword, ast.expr_context, ast.boolop, ast.operator),
    *(ast.unaryop, ast.cmpop),
)
_BUILTINS = _words(
    "abs all any ascii bin bool bytearray bytes callable chr complex dict divmod enumerate filter float frozenset hash "
    "hex int isinstance issubclass iter len list map max min next oct ord pow print range repr reversed round set "
    "slice sorted str sum tuple zip Ellipsis NotImplemented "
    "ArithmeticError AssertionError AttributeError Exception FloatingPointError IndexError KeyError LookupError "
    "NameError NotImplementedError OverflowError RecursionError RuntimeError StopIteration TypeError "
    "UnboundLocalError UnicodeDecodeError UnicodeEncodeError UnicodeError ValueError ZeroDivisionError"
)
MODULES: dict[str, frozenset[str]] = {
    name: _words(parts)
    for name, parts in {
        "math": "acos acosh asin asinh atan atan2 atanh cbrt ceil comb copysign cos cosh degrees dist e erf erfc exp "
        "exp2 expm1 fabs factorial floor fmod frexp fsum gamma gcd hypot inf isclose isfinite isinf isnan isqrt lcm "
        "ldexp lgamma log log10 log1p log2 modf nan nextafter perm pi pow prod radians remainder sin sinh sqrt tan "
        "tanh tau trunc ulp",
        "cmath": "exp log phase pi polar rect sqrt",
        "itertools": "accumulate chain combinations combinations_with_replacement compress count cycle dropwhile "
        "filterfalse groupby islice pairwise permutations product repeat starmap takewhile tee zip_longest "
        "from_iterable",
        "heapq": "heapify heappop heappush heappushpop heapreplace merge nlargest nsmallest",
        "bisect": "bisect bisect_left bisect_right insort insort_left insort_right",
        "collections": "Counter OrderedDict defaultdict deque",
        "functools": "cache cmp_to_key lru_cache partial reduce",
        "operator": "add and_ concat contains eq floordiv ge gt itemgetter le lt mod mul ne neg not_ or_ pow sub "
        "truediv xor",
        "typing": "Any Callable DefaultDict Deque Dict FrozenSet Generator Iterable Iterator List Mapping Optional "
        "Sequence Set Tuple Union",
        "string": "ascii_letters ascii_lowercase ascii_uppercase capwords digits hexdigits octdigits printable "
        "punctuation whitespace",
        "re": "A ASCII DOTALL I IGNORECASE M MULTILINE S VERBOSE X compile escape findall finditer fullmatch match "
        "search split sub subn",
        "fractions": "Fraction",
        "copy": "copy deepcopy",
        "hashlib": "md5 sha1 sha256",
        "sys": "maxsize",
    }.items()
}
_METHODS = _words(
    "appendleft extendleft popleft rotate maxlen most_common elements subtract total move_to_end default_factory "
    "group groups groupdict start end span limit_denominator digest hexdigest args send"
)
_TYPES = (str, list, dict, set, frozenset, tuple, int, float, complex, bytes, bytearray, range)
_FIELD = re.compile(r"\w*\Z")


@cache
def allowed_attributes() -> frozenset[str]:
    """Every attribute a program of a shared process may read, of whatever object."""
    methods = {name for kind in _TYPES for name in dir(kind) if not name.startswith("_")}
    parts = {name for parts in MODULES.values() for name in parts}
    return frozenset((methods | parts | _METHODS) - {"format", "format_map"})


@cache
def _other_builtins() -> frozenset[str]:
    return frozenset(dir(builtins)) - _BUILTINS


def why_alone(source: str) -> str:
    """Why this program must have a process of its own; empty when it may share one.

    >>> why_alone("def f(x): return sorted(x)[0]")
    ''
    >>> why_alone("import os")
    'imports os'
    """
    if len(source) > _LONGEST:
        return "long source"
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""  # it does not load here or there
    seen: set[type[ast.AST]] = set()
    compared: set[ast.AST] = set()
    for node in ast.walk(tree):  # parents come before their parts
        seen.add(type(node))
        if isinstance(node, ast.Compare):
            compared.update(_types_compared(node))
        elif node not in compared and (reason := _why(node)):
            return reason
    if seen & {ast.Yield, ast.YieldFrom} and ast.Try in seen:
        return "a generator with clean-up code, which may run late"
    return ""


def _why(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return _why_name(node.id)
    if isinstance(node, ast.Attribute):
        return _why_attribute(node)
    if isinstance(node, ast.Import):
        return next((f"imports {a.name}" for a in node.names if a.name not in MODULES), "")
    if isinstance(node, ast.ImportFrom):
        parts = MODULES.get(node.module or "", frozenset()) if not node.level else frozenset()
        return next((f"imports {a.name} from {node.module}" for a in node.names if a.name not in parts), "")
    if isinstance(node, ast.FunctionDef | ast.arg | ast.ExceptHandler | ast.alias):
        name = node.arg if isinstance(node, ast.arg) else (node.asname if isinstance(node, ast.alias) else node.name)
        return "" if name is None or not name.startswith("__") else f"defines {name}"
    if not isinstance(node, _NODES):
        return f"has a {type(node).__name__}"
    return ""


def _why_name(name: str) -> str:
    if name.startswith("__"):
        return "" if name == "__name__" else f"names {name}"
    return f"names {name}" if name in _other_builtins() else ""


def _why_attribute(node: ast.Attribute) -> str:
    if not isinstance(node.ctx, ast.Load):
        return "sets an attribute"
    if node.attr == "format" and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
        return _why_format(node.value.value)
    return "" if node.attr in allowed_attributes() else f"reads the attribute {node.attr}"


def _why_format(template: str) -> str:
    """A format string may read attributes and items of what it is given: fields must be plain."""
    try:
        fields = list(string.Formatter().parse(template))
    except ValueError:
        return "a format string that is none"
    plain = all(_FIELD.match(name or "") and "{" not in (spec or "") for _, name, spec, _ in fields)
    return "" if plain else "a format string that reads parts of its arguments"


def _types_compared(node: ast.Compare) -> Iterator[ast.AST]:
    """The ``type`` of every ``type(x)`` that is an operand: only there, because ``type(int)(…)`` would make a class."""
    for operand in (node.left, *node.comparators):
        match operand:
            case ast.Call(func=ast.Name(id="type") as name, args=[argument], keywords=[]):
                if not isinstance(argument, ast.Starred):
                    yield name
