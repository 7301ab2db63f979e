"""Which kind of value a method or a function of the standard library is called on.

Not covered: methods that several kinds have alike (``index``, ``copy``), which tell little.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["INT_CALLS", "ITEM_CALLS", "KIND_OF_METHOD", "NUMBER_CALLS"]

_METHODS: dict[str, Sequence[str]] = {
    "list": ("append", "extend", "insert", "sort", "reverse"),
    "str": (
        *("split", "lower", "upper", "strip", "lstrip", "rstrip", "startswith", "endswith", "isdigit", "isalpha"),
        *("isupper", "islower", "isspace", "isalnum", "swapcase", "capitalize", "title", "casefold", "encode", "join"),
        *("replace", "find", "rfind", "splitlines", "zfill", "ljust", "rjust", "center", "format", "translate"),
        *("partition", "rpartition", "isnumeric", "isdecimal", "isidentifier", "removeprefix", "removesuffix"),
    ),
    "dict": ("items", "keys", "values", "get", "setdefault", "popitem"),
    "set": ("add", "union", "intersection", "difference", "issubset", "issuperset", "discard"),
    "deque": ("popleft", "appendleft", "rotate"),
    "bytes": ("decode", "hex"),
    "int": ("bit_length", "bit_count", "to_bytes"),
    "float": ("is_integer",),
}
KIND_OF_METHOD = {method: kind for kind, methods in _METHODS.items() for method in methods}
NUMBER_CALLS = frozenset(
    {"abs", "round", "pow", "divmod", "sqrt", "floor", "ceil", "log", "log2", "log10", "exp", "sin", "cos", "tan"}
    | {"isclose", "isnan", "isinf", "trunc", "fabs", "hypot", "degrees", "radians", "float"}
)
INT_CALLS = frozenset({"range", "chr", "bin", "hex", "oct", "gcd", "lcm", "comb", "factorial", "isqrt", "perm"})
ITEM_CALLS = frozenset(
    {"sorted", "list", "set", "tuple", "iter", "reversed", "any", "all", "frozenset", "deque", "Counter"}
    | {"permutations", "combinations", "accumulate", "chain", "groupby", "product"}
)
