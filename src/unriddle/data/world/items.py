"""Where loop items come from, and what the values made from them are collected into.

Not covered: loops over several things at once.
"""

from __future__ import annotations

from typing import NamedTuple

from unriddle.data.world.draft import Draw, Expr
from unriddle.data.world.ops import OPS, Op
from unriddle.data.world.phrase import item

__all__ = ["COLLECTS", "JOINS", "MAPS", "SOURCES", "Collect", "Source", "open_source"]


class Source(NamedTuple):
    """Items to loop over: ``code`` with ``{x}`` the argument; ``many`` and ``one`` say what the items are."""

    name: str
    arg: str
    item: str
    kind: str
    code: str
    many: str
    one: str
    place: str


SOURCES: tuple[tuple[Source, int], ...] = (
    (Source("ints", "list[int]", "x", "int", "{x}", "numbers", "number", "in {x}"), 8),
    (Source("texts", "list[str]", "w", "str", "{x}", "words", "word", "in {x}"), 4),
    (Source("chars", "str", "c", "char", "{x}", "characters", "character", "in {x}"), 4),
    (Source("split", "str", "w", "str", "{x}.split()", "words", "word", "of {x}"), 2),
    (Source("values", "dict[str, int]", "v", "int", "{x}.values()", "values", "value", "of {x}"), 2),
    (Source("range", "int", "i", "int", "range({x})", "numbers", "number", "below {x}"), 2),
    (Source("upto", "int", "i", "int", "range(1, {x} + 1)", "numbers", "number", "from 1 to {x}"), 2),
)
"""Sources and how often each is drawn."""

_WEIGHTED = tuple(source for source, weight in SOURCES for _ in range(weight))


def open_source(draw: Draw, *, kinds: tuple[str, ...] = ("int", "str", "char")) -> tuple[Source, Expr, Expr]:
    """A source whose items are of one of these kinds, the code it loops over, and its item."""
    source = draw.pick(_WEIGHTED)
    while source.kind not in kinds:
        source = draw.pick(_WEIGHTED)
    x = draw.arg(source.arg)
    over = x._replace(code=source.code.format(x=x.code), noun=source.place.format(x=x.noun), structure=source.name)
    name = source.item
    if any(name == taken for taken, _ in draw.params):
        name = "y"
    return source, over, item(name, source.kind)


_CHAR_OPS = ("upper", "lower", "swapcase", "repeat", "append", "prepend")
_ITEM_OPS = (
    "upper",
    "lower",
    "capitalize",
    "reverse",
    "first",
    "skip",
    "repeat",
    "append",
    "prepend",
    "length",
    "count",
)

MAPS: dict[str, tuple[Op, ...]] = {
    "int": tuple(op for op in OPS if op.source == "int" and op.result == "int"),
    "str": tuple(op for op in OPS if op.source == "str" and op.name in _ITEM_OPS),
    "char": tuple(op for op in OPS if op.source == "str" and op.result == "str" and op.name in _CHAR_OPS),
}
"""What may be done to an item, by its kind."""


class Collect(NamedTuple):
    """How values are put together: ``code`` with ``{g}`` the loop; ``of`` goes before a noun, ``bare`` stands alone."""

    name: str
    takes: str
    gives: str
    code: str
    of: tuple[str, ...]
    bare: tuple[str, ...]


COLLECTS: dict[str, tuple[Collect, ...]] = {
    "int": (
        Collect("sum", "int", "int", "sum({g})", ("the sum of", "the total of"), ("the sum", "the total")),
        Collect("max", "int", "int", "max({g})", ("the largest of", "the maximum of"), ("the largest", "the maximum")),
        Collect(
            "min", "int", "int", "min({g})", ("the smallest of", "the minimum of"), ("the smallest", "the minimum")
        ),
        Collect("list", "int", "list[int]", "[{g}]", ("the list of", "a list of"), ("the list", "them in a list")),
        Collect(
            "sorted", "int", "list[int]", "sorted({g})", ("the sorted list of",), ("them sorted", "the sorted list")
        ),
        Collect(
            "distinct",
            "int",
            "int",
            "len(set({g}))",
            ("the number of distinct values of",),
            ("how many distinct values there are",),
        ),
    ),
    "str": (
        Collect("list", "str", "list[str]", "[{g}]", ("the list of", "a list of"), ("the list", "them in a list")),
        Collect(
            "sorted", "str", "list[str]", "sorted({g})", ("the sorted list of",), ("them sorted", "the sorted list")
        ),
        Collect("glue", "str", "str", '" ".join({g})', ("the text with spaces of",), ("them joined with spaces",)),
        Collect("longest", "str", "str", "max(({g}), key=len)", ("the longest of",), ("the longest",)),
        Collect("total", "str", "str", '"".join({g})', ("the joined text of",), ("them joined", "the joined text")),
        Collect("join", "str", "str", "{w}.join({g})", ("the text with {w} between of",), ("them joined with {w}",)),
    ),
}
"""Ways to collect, by what is collected."""

JOINS: tuple[Collect, ...] = tuple(c for c in COLLECTS["str"] if c.name in ("total", "join", "list"))
"""Ways to collect characters."""
