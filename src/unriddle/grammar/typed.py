"""Typed grammars whose rules may bind a variable, and leaves that come from the problem at hand.

A rule makes a tree of one kind from trees in its slots. A slot can bind a variable, which only the tree in that slot
may use (the element of a comprehension). Two rules have no text of their own: a *copied* leaf is one of the pieces a
problem supplies (its constants and arguments), a *variable* leaf is a variable in scope.
Not covered: kinds with parameters (write one rule for each kind), and chances (``grammar.guided``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, shorten

__all__ = ["Leaf", "Node", "Rule", "Slot", "TypedGrammar", "leaves_by_kind"]


@dataclass(frozen=True, slots=True)
class Slot:
    """A place for a tree.

    Args:
        kind: The kind of tree it takes.
        binds: The kind of the variable that only this tree may use; empty for none.
    """

    kind: str
    binds: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One way to build a tree.

    Args:
        name: Unique in its grammar.
        gives: The kind it makes.
        slots: Its places.
        template: Source with ``{0}``, ``{1}``, … for the trees in the slots and ``{v}`` for the variable it binds.
        leaf: ``copied`` or ``variable`` for a leaf that is not in the grammar; such a rule has no slots.
    """

    name: str
    gives: str
    slots: tuple[Slot, ...] = ()
    template: str = ""
    leaf: Literal["", "copied", "variable"] = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A piece that a problem supplies: how it is written, its kind, and what it is."""

    text: str
    kind: str
    value: Any = None


class Node:
    """A tree: its rule's number, the trees in its slots, and its leaf (a ``Leaf``, or the number of a variable).

    ``memo`` is free for whoever evaluates trees: the enumeration hands out the same node wherever it stands.
    """

    __slots__ = ("leaf", "memo", "parts", "rule")

    def __init__(self, rule: int, parts: tuple[Node, ...] = (), leaf: Leaf | int | None = None) -> None:
        self.rule, self.parts, self.leaf = rule, parts, leaf
        self.memo: Any = None

    def walk(self) -> Iterator[Node]:
        """The tree and all trees in it, from the root down, left to right."""
        yield self
        for part in self.parts:
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class TypedGrammar:
    """Rules, and the places where a tree can stand.

    A *context* is a slot of a rule, or the root of a tree of some kind; chances are per context.

    Args:
        rules: Names must differ.

    Attributes:
        contexts: ``(c,)`` pairs of rule number and slot number; for roots −1 and the kind's place in ``kinds``.
        kinds: All kinds, in the order they first occur.
        fits: ``(c, r)``: the rule makes the kind that stands in the context.

    Raises:
        BadInput: Two rules share a name, a template does not fit the slots, or a leaf has slots.
    """

    rules: tuple[Rule, ...]
    contexts: tuple[tuple[int, int], ...] = field(init=False, repr=False)
    kinds: tuple[str, ...] = field(init=False, repr=False)
    fits: npt.NDArray[np.bool_] = field(init=False, repr=False, compare=False)
    _place: dict[tuple[int, int], int] = field(init=False, repr=False)
    _by_kind: dict[str, tuple[int, ...]] = field(init=False, repr=False)
    _by_name: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for rule in self.rules:
            _check(rule)
        names = {rule.name: i for i, rule in enumerate(self.rules)}
        if len(names) < len(self.rules):
            twice = next(r.name for i, r in enumerate(self.rules) if names[r.name] != i)
            raise BadInput(f"TypedGrammar: two rules are named {twice!r}; names must differ")
        kinds = tuple(dict.fromkeys([k for r in self.rules for k in (r.gives, *(s.kind for s in r.slots))]))
        slots = [(i, j) for i, rule in enumerate(self.rules) for j in range(len(rule.slots))]
        contexts = (*slots, *((-1, j) for j in range(len(kinds))))
        by_kind = {kind: tuple(i for i, r in enumerate(self.rules) if r.gives == kind) for kind in kinds}
        wanted = [kinds.index(self.rules[r].slots[j].kind) if r >= 0 else j for r, j in contexts]
        made = [kinds.index(rule.gives) for rule in self.rules]
        for name, value in (
            ("fits", np.array(wanted)[:, None] == np.array(made)[None, :]),
            ("contexts", contexts),
            ("kinds", kinds),
            ("_place", {context: i for i, context in enumerate(contexts)}),
            ("_by_kind", by_kind),
            ("_by_name", names),
        ):
            object.__setattr__(self, name, value)

    def of(self, kind: str) -> tuple[int, ...]:
        """Numbers of the rules that make this kind."""
        return self._by_kind.get(kind, ())

    def number(self, name: str) -> int:
        """The number of the rule of that name."""
        return self._by_name[name]

    def context(self, rule: int, slot: int) -> int:
        """The number of a slot's context."""
        return self._place[rule, slot]

    def root(self, kind: str) -> int:
        """The number of the context of a whole tree of this kind.

        Raises:
            BadInput: The grammar has no such kind.
        """
        if kind not in self.kinds:
            raise BadInput(f"TypedGrammar: there is no kind {kind!r}; it has {shorten(', '.join(self.kinds))}")
        return self._place[-1, self.kinds.index(kind)]

    def kind_at(self, context: int) -> str:
        """The kind of tree that stands in a context."""
        rule, slot = self.contexts[context]
        return self.kinds[slot] if rule < 0 else self.rules[rule].slots[slot].kind

    def source(self, node: Node, *, depth: int = 0) -> str:
        """The tree written down; variables are ``v0``, ``v1``, … from the outside in, with an underscore before.

        >>> one, plus = Rule("1", "n", template="1"), Rule("+", "n", (Slot("n"), Slot("n")), "({0} + {1})")
        >>> TypedGrammar((one, plus)).source(Node(1, (Node(0), Node(0))))
        '(1 + 1)'
        """
        leaf, rule = node.leaf, self.rules[node.rule]
        if leaf is not None:
            return leaf.text if isinstance(leaf, Leaf) else f"_v{leaf}"
        if not node.parts:
            return rule.template
        texts = [
            self.source(part, depth=depth + 1 if slot.binds else depth)
            for slot, part in zip(rule.slots, node.parts, strict=True)
        ]
        return rule.template.format(*texts, v=f"_v{depth}")

    def chain(self, node: Node, kind: str) -> list[tuple[int, int]]:
        """``(context, rule)`` of every node of a tree of this kind, from the root down: what a model learns from."""
        found = [(self.root(kind), node.rule)]
        for one in node.walk():
            found += [(self.context(one.rule, i), part.rule) for i, part in enumerate(one.parts)]
        return found


def _check(rule: Rule) -> None:
    if rule.leaf and rule.slots:
        raise BadInput(f"TypedGrammar: rule {rule.name!r} is a leaf, so it can have no slots")
    try:
        rule.template.format(*(slot.kind for slot in rule.slots), v="v")
    except (IndexError, KeyError, ValueError, AttributeError):
        raise BadInput(
            f"TypedGrammar: the template {shorten(rule.template)} of rule {rule.name!r} does not fit its "
            f"{len(rule.slots)} slots; write {{0}}, {{1}}, … and {{v}}, and double every other brace"
        ) from None


def leaves_by_kind(leaves: Sequence[Leaf]) -> dict[str, tuple[Leaf, ...]]:
    """The leaves sorted by kind, in their order."""
    found: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        found.setdefault(leaf.kind, []).append(leaf)
    return {kind: tuple(some) for kind, some in found.items()}
