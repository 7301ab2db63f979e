"""Where a probe can sit and what is done there, as the instrumented code is told it.

A place is an instruction, the entry or the exit of a function. What is done there runs before the instruction: either
written into the code (counting, marking, spending) or a call to the host, which a flag switches on and off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["ENTRY", "EXIT", "Act", "Count", "Fire", "Layout", "Mark", "Place", "Sees", "Spend", "Tally"]

ENTRY, EXIT = -1, -2
"""In place of a pc: before a function's first instruction (a branch back does not pass it), and where it is left."""

Sees = Literal["nothing", "top", "frame"]
"""What a call to the host brings along: nothing, the value on top of the stack, or all locals and the whole stack."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A function's number, and an instruction's first byte in its body, ``ENTRY`` or ``EXIT``."""

    function: int
    pc: int


@dataclass(frozen=True, slots=True)
class Count:
    """Add one to a counter."""

    slot: int


@dataclass(frozen=True, slots=True)
class Mark:
    """Set a counter to one."""

    slot: int


@dataclass(frozen=True, slots=True)
class Tally:
    """Add one to the counter ``slot + min(top of the stack, most)``, the top taken as unsigned."""

    slot: int
    most: int


@dataclass(frozen=True, slots=True)
class Spend:
    """Take ``n`` from a counter; if it falls below zero, call the host for the site."""

    slot: int
    n: int
    site: int


@dataclass(frozen=True, slots=True)
class Fire:
    """Call the host for the site while its flag is set."""

    site: int
    sees: Sees


Act = Count | Mark | Tally | Spend | Fire


@dataclass(frozen=True, slots=True)
class Layout:
    """The added memory: room for a frame's values, then counters of 8 bytes, then flags of one byte.

    Attributes:
        n_values: Values that the largest frame has.
        n_counters: Counters.
        n_sites: Flags.
    """

    n_values: int
    n_counters: int
    n_sites: int

    def counter(self, slot: int) -> int:
        """A counter's address."""
        return 8 * (self.n_values + slot)

    def flag(self, site: int) -> int:
        """A flag's address."""
        return 8 * (self.n_values + self.n_counters) + site

    @property
    def pages(self) -> int:
        """Size in pages of 64 KiB."""
        return -(-(self.flag(self.n_sites) + 1) // 65536)
