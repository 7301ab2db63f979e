"""From probes and counters to acts: slots and sites are given out, and the module is written with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from unriddle.execute.trace.wasm.binary import Function, Module
from unriddle.execute.trace.wasm.places import (
    ENTRY,
    EXIT,
    Act,
    Count,
    Fire,
    Layout,
    Mark,
    Place,
    Sees,
    Spend,
    Tally,
)
from unriddle.execute.trace.wasm.stacks import Stack, block_type, stacks

__all__ = ["Counted", "Plan", "Site", "Wishes", "places_of", "plan", "reachable"]

Counted = tuple[str, Place, int]
"""``count``, ``mark`` or ``tally``, where, and the largest number that is tallied apart (0 otherwise)."""

_ORDER: dict[Sees, int] = {"nothing": 0, "top": 1, "frame": 2}


@dataclass(slots=True)
class Wishes:
    """What is wanted of the code.

    Attributes:
        sites: Places from which the host may be called, with the most that a probe sees there.
        counted: Numbers that the code counts by itself.
        budgets: Budgets of instructions, by name: what each place spends.
    """

    sites: dict[Place, Sees] = field(default_factory=dict)
    counted: set[Counted] = field(default_factory=set)
    budgets: dict[str, dict[Place, int]] = field(default_factory=dict)

    def site(self, place: Place, sees: Sees) -> None:
        """Want a site that shows at least this much."""
        if _ORDER[sees] >= _ORDER[self.sites.get(place, "nothing")]:
            self.sites[place] = sees


@dataclass(frozen=True, slots=True)
class Site:
    """A place that calls the host: what is put aside there, or the name of a budget that is used up."""

    place: Place
    kinds: str
    n_locals: int
    sees: Sees
    budget: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """The acts, and what their numbers mean.

    Attributes:
        acts: What is done where.
        layout: Of the added memory.
        sites: By number.
        site_at: Numbers of the sites that fire, by place.
        slots: First counter of what is counted.
        budget_slots: Counters of the budgets.
    """

    acts: dict[Place, list[Act]]
    layout: Layout
    sites: list[Site]
    site_at: dict[Place, int]
    slots: dict[Counted, int]
    budget_slots: dict[str, int]


def reachable(module: Module, function: Function) -> dict[int, Stack]:
    """The stack by pc, for the instructions that can run; a loop's as it is inside."""
    found = {}
    for one, stack in zip(function.code, stacks(module, function), strict=True):
        if stack is not None and one.name == "loop":
            stack = (stack[0], len(stack[0]) - len(block_type(module, one.args[0])[0]))
        if stack is not None:
            found[one.pc] = stack
    return found


def places_of(module: Module) -> Iterable[Place]:
    """All instructions that can run, of all functions."""
    return (Place(f.index, pc) for f in module.defined for pc in reachable(module, f))


def plan(module: Module, wishes: Wishes) -> Plan:
    """Acts for these wishes; budgets come first at a place, then counters, then calls to the host."""
    by_index = {function.index: function for function in module.defined}
    acts: dict[Place, list[Act]] = {}
    sites: list[Site] = []
    slots: dict[Counted, int] = {}
    budget_slots: dict[str, int] = {}
    used = 0
    for name, spends in wishes.budgets.items():
        budget_slots[name] = used
        for place, n in spends.items():
            acts.setdefault(place, []).append(Spend(used, n, len(sites)))
            sites.append(Site(place, "", 0, "nothing", name))
        used += 1
    for wanted in sorted(wishes.counted):
        how, place, most = wanted
        slots[wanted] = used
        act: Act = Count(used) if how == "count" else Mark(used) if how == "mark" else Tally(used, most)
        acts.setdefault(place, []).append(act)
        used += most + 1
    site_at = {}
    shown: dict[int, dict[int, Stack]] = {}
    for place, sees in sorted(wishes.sites.items()):
        function = by_index[place.function]
        if sees != "nothing" and place.function not in shown:
            shown[place.function] = reachable(module, function)
        site_at[place] = len(sites)
        acts.setdefault(place, []).append(Fire(len(sites), sees))
        sites.append(_site(function, place, sees, shown.get(place.function, {})))
    values = max((len(site.kinds) for site in sites), default=0)
    return Plan(acts, Layout(values, used, len(sites)), sites, site_at, slots, budget_slots)


def _site(function: Function, place: Place, sees: Sees, shown: dict[int, Stack]) -> Site:
    special = {ENTRY: ("", 0), EXIT: (function.signature[1], 0)}
    stack, below = special.get(place.pc) or shown.get(place.pc, ("", 0))
    if sees == "frame":
        return Site(place, function.local_types + stack, len(function.local_types), sees)
    return Site(place, stack[-1:] if sees == "top" and len(stack) > below else "", 0, sees)
