"""The variables of a C program by name: where each lies in memory, and the values it has at the beginnings of lines.

Known are numbers and pointers of programs compiled without optimisation, where each variable has its place in the
function's frame. Not covered: arrays, structures, static and global variables, and what ``-O1`` keeps in registers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from unriddle.execute.trace.wasm.binary import Function
from unriddle.execute.trace.wasm.leb import Reader
from unriddle.execute.trace.wasm.lines import Lines, units_of
from unriddle.execute.trace.wasm.machine import Machine
from unriddle.execute.trace.wasm.places import EXIT, Place
from unriddle.execute.trace.wasm.plan import reachable
from unriddle.execute.trace.wasm.probes import Moment

__all__ = ["Variable", "Variables", "variables_of"]

_FRAME, _WASM_LOCAL = 0x91, 0xED  # DWARF's codes for "offset from the frame's base" and "a WebAssembly local"
_FORMATS = {(5, 1): "b", (6, 1): "b", (8, 1): "B", (7, 1): "B", (2, 1): "?", (5, 2): "h", (7, 2): "H", (5, 4): "i",
            (7, 4): "I", (5, 8): "q", (7, 8): "Q", (4, 4): "f", (4, 8): "d"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Variable:
    """A parameter or local variable: its name, the local that holds its frame's address, its offset, its format."""

    name: str
    base: int
    offset: int
    format: str


def variables_of(machine: Machine, entry: str = "main") -> dict[int, list[Variable]]:
    """Variables by function of the file that ``units_of`` chooses; empty without debug information."""
    by_start = {function.start: function for function in machine.module.defined}
    found: dict[int, list[Variable]] = {}
    for unit in units_of(machine.module, entry):
        for die in unit.iter_DIEs():
            low = die.attributes.get("DW_AT_low_pc")
            function = _at(by_start, low.value) if low is not None and die.tag == "DW_TAG_subprogram" else None
            base = _base(die) if function is not None else None
            if function is not None and base is not None:
                found[function.index] = list(_variables(die, base))
    return found


def _at(by_start: dict[int, Function], address: int) -> Function | None:
    """The function there; a compiler counts from the body or from the length before it."""
    return next((by_start[address + n] for n in range(6) if address + n in by_start), None)


def _base(die: Any) -> int | None:
    where = die.attributes.get("DW_AT_frame_base")
    if where is None or list(where.value[:2]) != [_WASM_LOCAL, 0]:
        return None
    return Reader(bytes(where.value), 2).number()


def _variables(die: Any, base: int) -> Iterator[Variable]:
    for child in die.iter_children():
        if child.tag == "DW_TAG_lexical_block":
            yield from _variables(child, base)
        where, name = child.attributes.get("DW_AT_location"), child.attributes.get("DW_AT_name")
        if child.tag in ("DW_TAG_variable", "DW_TAG_formal_parameter") and where is not None and name is not None:
            kind = _format(child)
            if kind and isinstance(where.value, list) and where.value[0] == _FRAME:
                offset = Reader(bytes(where.value), 1).whole()
                yield Variable(name.value.decode("utf-8", "replace"), base, offset, kind)


def _format(die: Any) -> str:
    for _ in range(20):
        if "DW_AT_type" not in die.attributes:
            return ""
        die = die.get_DIE_from_attribute("DW_AT_type")
        if die.tag == "DW_TAG_pointer_type":
            return "I"
        if die.tag == "DW_TAG_base_type":
            size, encoding = die.attributes["DW_AT_byte_size"].value, die.attributes["DW_AT_encoding"].value
            return _FORMATS.get((encoding, size), "")
        if die.tag not in ("DW_TAG_typedef", "DW_TAG_const_type", "DW_TAG_volatile_type"):
            return ""
    return ""


class Variables:
    """The values that C's variables have at the beginnings of lines and where functions are left, ``most`` of each.

    A variable has whatever lay in memory before its first value.
    """

    name = "variables"

    def __init__(self, lines: Lines, *, entry: str = "main", most: int = 32) -> None:
        self._lines = lines
        self._entry = entry
        self._most = most
        self.start()

    def start(self) -> None:
        """Forget the last run."""
        self._seen: dict[str, dict[int | float, None]] = {}

    def attach(self, machine: Machine) -> None:
        """Look where a line begins, after the frame was made."""
        known = variables_of(machine, self._entry)
        for function in machine.watched:
            variables = known.get(function.index, [])
            lines, live = self._lines.get(function.index, {}), reachable(machine.module, function)
            first = min(lines.values(), default=0)
            before = first
            for pc, line in lines.items():
                if variables and line not in (before, first) and pc in live:
                    self._probe(machine, Place(function.index, pc), function.name, variables)
                before = line
            if variables:
                self._probe(machine, Place(function.index, EXIT), function.name, variables)

    def _probe(self, machine: Machine, place: Place, function: str, variables: list[Variable]) -> None:
        def look(moment: Moment) -> None:
            for one in variables:
                base = moment.locals[one.base]
                data = moment.memory((int(base or 0) & 0xFFFFFFFF) + one.offset, struct.calcsize("<" + one.format))
                if len(data) == struct.calcsize("<" + one.format):
                    seen = self._seen.setdefault(f"{function} {one.name}", {})
                    if len(seen) < self._most:
                        seen[struct.unpack("<" + one.format, data)[0]] = None

        machine.probe(place, look, sees="frame")

    def report(self) -> dict[str, object]:
        """Values by ``function variable``, in order of first appearance."""
        return {name: list(values) for name, values in sorted(self._seen.items())}
