"""Context-free grammars over typed trees: productions with a template, their trees, and printing a tree as source.

A non-terminal plays the part of a type. Not covered: attributes, precedence (a template writes its own parentheses).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from unriddle.errors import BadInput, shorten

__all__ = ["Grammar", "Production", "Tree"]


@dataclass(frozen=True, slots=True)
class Production:
    """One way to build a tree.

    Args:
        gives: The non-terminal it makes.
        takes: Non-terminals of its parts.
        template: Source with ``{0}``, ``{1}``, … for the parts; braces of the language itself are doubled.
        cost: What it adds to the cost of its parts; at least 1.
    """

    gives: str
    template: str
    takes: tuple[str, ...] = ()
    cost: int = 1


@dataclass(frozen=True, slots=True)
class Tree:
    """A derivation: a production and the trees of its parts."""

    production: Production
    parts: tuple[Tree, ...] = ()

    @property
    def cost(self) -> int:
        """Costs of all its productions."""
        return self.production.cost + sum(part.cost for part in self.parts)

    @property
    def size(self) -> int:
        """Number of its productions."""
        return 1 + sum(part.size for part in self.parts)

    def source(self) -> str:
        """The tree written down.

        >>> one, plus = Production("n", "1"), Production("n", "({0} + {1})", ("n", "n"))
        >>> Tree(plus, (Tree(one), Tree(one))).source()
        '(1 + 1)'
        """
        return self.production.template.format(*(part.source() for part in self.parts))

    def productions(self) -> list[Production]:
        """The productions used, from the root down, left to right."""
        return [self.production, *(inner for part in self.parts for inner in part.productions())]


@dataclass(frozen=True, slots=True)
class Grammar:
    """A context-free grammar; it makes at least one tree.

    Args:
        start: The non-terminal that whole programs are of.
        productions: At least one; productions that can never end or never be reached are allowed and left out by
            ``trimmed``.

    Raises:
        BadInput: It makes no tree, a cost is below 1, a production is given twice, or a template does not fit its
            parts.
    """

    start: str
    productions: tuple[Production, ...]
    _by_type: dict[str, tuple[Production, ...]] = field(init=False, repr=False, compare=False, hash=False)

    def __post_init__(self) -> None:
        for production in self.productions:
            _check(production)
        if len(set(self.productions)) < len(self.productions):
            twice = next(p for p in self.productions if self.productions.count(p) > 1)
            raise BadInput(f"Grammar: the production {shorten(twice)} is given twice; give it once")
        if self.start not in _productive(self.productions):
            raise BadInput(
                f"Grammar: it makes no tree, since {self.start!r} never ends; give it a production whose parts all end"
            )
        table: dict[str, list[Production]] = {}
        for production in self.productions:
            table.setdefault(production.gives, []).append(production)
        object.__setattr__(self, "_by_type", {name: tuple(found) for name, found in table.items()})

    def of(self, name: str) -> tuple[Production, ...]:
        """The productions that make a non-terminal, in their order."""
        return self._by_type.get(name, ())

    def trimmed(self) -> Grammar:
        """The grammar without productions that no finite tree of ``start`` uses; it makes the same trees."""
        productive = _productive(self.productions)
        usable = [p for p in self.productions if productive.issuperset((p.gives, *p.takes))]
        reached, waiting = {self.start}, [self.start]
        while waiting:
            at = waiting.pop()
            for name in {name for p in usable if p.gives == at for name in p.takes} - reached:
                reached.add(name)
                waiting.append(name)
        return Grammar(self.start, tuple(p for p in usable if p.gives in reached))

    @property
    def infinite(self) -> bool:
        """Whether it makes infinitely many trees: some non-terminal that matters contains itself."""
        trimmed = self.trimmed()
        edges = {name: {part for p in trimmed.of(name) for part in p.takes} for name in _names(trimmed.productions)}
        while edges:
            ends = [name for name, parts in edges.items() if not parts & edges.keys()]
            if not ends:
                return True
            for name in ends:
                del edges[name]
        return False

    def count(self, cost: int) -> int:
        """How many trees of exactly this cost there are.

        >>> plus = Production("n", "({0} + {1})", ("n", "n"))
        >>> [Grammar("n", (Production("n", "1"), plus)).count(cost) for cost in range(1, 8)]
        [1, 0, 1, 0, 2, 0, 5]
        """
        table: dict[tuple[str, int], int] = {}
        for total in range(1, cost + 1):
            for name in _names(self.productions):
                table[name, total] = sum(_ways(p.takes, total - p.cost, table) for p in self.of(name))
        return table.get((self.start, cost), 0)


def _ways(takes: Sequence[str], cost: int, table: dict[tuple[str, int], int]) -> int:
    if not takes:
        return int(cost == 0)
    return sum(
        table.get((takes[0], first), 0) * _ways(takes[1:], cost - first, table)
        for first in range(1, cost - len(takes) + 2)
    )


def _check(production: Production) -> None:
    if production.cost < 1:
        raise BadInput(
            f"Grammar: the production {shorten(production)} has cost {production.cost}; it must be at least 1"
        )
    try:
        production.template.format(*production.takes)
    except (IndexError, KeyError, ValueError, AttributeError):
        raise BadInput(
            f"Grammar: the template {shorten(production.template)} does not fit {len(production.takes)} parts; write "
            "{0}, {1}, … for the parts and double every other brace"
        ) from None


def _names(productions: Iterable[Production]) -> list[str]:
    return list(dict.fromkeys(p.gives for p in productions))


def _productive(productions: Sequence[Production]) -> set[str]:
    found: set[str] = set()
    while True:
        more = {p.gives for p in productions if found.issuperset(p.takes)}
        if more <= found:
            return found
        found |= more
