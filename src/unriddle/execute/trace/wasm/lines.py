"""Lines of the source for a module's instructions, from the debug information that a compiler left in it (DWARF).

Not covered: several source files (the library's own debug information is left out).
"""

from __future__ import annotations

import bisect
import io
from collections.abc import Iterator, Sequence
from typing import Any

from unriddle.errors import BadInput, MissingExtra
from unriddle.execute.trace.wasm.binary import Function, Module

__all__ = ["Lines", "line_counts", "lines_of", "units_of"]

Lines = dict[int, dict[int, int]]
"""Function to pc to line; functions without debug information are left out."""

_SECTIONS = ("info", "abbrev", "line", "str", "line_str", "ranges", "rnglists", "aranges", "loc", "loclists", "addr",
             "str_offsets", "frame", "types", "pubtypes", "pubnames", "sup", "gnu_debugaltlink")  # fmt: skip


def lines_of(module: Module, entry: str = "main") -> Lines:
    """The line of each instruction of one source file (see ``units_of``); empty without debug information.

    Raises:
        BadInput: The debug information is damaged, or of a kind that is not read.
        MissingExtra: There is debug information, and what reads it is not installed.
    """
    if not module.custom(".debug_line"):
        return {}
    try:
        rows = sorted(_rows(module, entry))
    except MissingExtra:
        raise
    except Exception as error:  # its reader has no exception of its own for most damages
        raise BadInput(
            f"WebAssembly module: its debug information is damaged or of a kind that is not read ({error!r}); "
            "compile with -g anew, or take it out (llvm-strip)"
        ) from error
    starts = [address for address, _ in rows]
    found: Lines = {}
    for function in module.defined:
        lines = {}
        for one in function.code:
            at = bisect.bisect_right(starts, function.start + one.pc) - 1
            if at >= 0 and rows[at][1] > 0 and starts[at] >= function.start:
                lines[one.pc] = rows[at][1]
        if lines:
            found[function.index] = lines
    return found


def line_counts(lines: Lines, rows: Sequence[tuple[Function, int, str, int]]) -> dict[int, int]:
    """How often each line ran: as often as the instruction of it that ran most often."""
    found: dict[int, int] = {}
    for function, pc, _, count in rows:
        line = lines.get(function.index, {}).get(pc)
        if line is not None:
            found[line] = max(found.get(line, 0), count)
    return dict(sorted(found.items()))


def units_of(module: Module, entry: str = "main") -> Iterator[Any]:
    """The compiled units of one source file, as pyelftools gives them.

    The file is the one that ``compile_c`` was given; in other modules the first that has the function ``entry`` or
    ``main``, since the library's own files may come before it.
    """
    if not module.custom(".debug_info"):
        return
    units = list(_dwarf(module).iter_CUs())
    ours = [unit for unit in units if _name(unit.get_top_DIE()) == "program.c"]
    for name in ("main",) if entry.startswith("_") else (entry, "main"):
        ours = ours or [unit for unit in units if name in _functions(unit)][:1]
    yield from ours or units[:1]


def _functions(unit: Any) -> list[str]:
    return [_name(die) for die in unit.get_top_DIE().iter_children() if die.tag == "DW_TAG_subprogram"]


def _name(die: Any) -> str:
    name = die.attributes.get("DW_AT_name")
    return "" if name is None else str(name.value.decode("utf-8", "replace"))


def _rows(module: Module, entry: str) -> Iterator[tuple[int, int]]:
    """Addresses in the code section and their lines; 0 where a sequence ends."""
    for unit in units_of(module, entry):
        program = unit.dwarfinfo.line_program_for_CU(unit)
        for row in program.get_entries() if program is not None else ():
            if row.state is not None:
                yield row.state.address, 0 if row.state.end_sequence else row.state.line


def _dwarf(module: Module) -> Any:
    try:
        from elftools.dwarf.dwarfinfo import DebugSectionDescriptor, DwarfConfig, DWARFInfo
    except ImportError as error:
        raise MissingExtra("reading the lines of a WebAssembly module", "unriddle[wasm]") from error

    def section(name: str) -> Any:
        data = module.custom(f".debug_{name}")
        if data is None:
            return None
        return DebugSectionDescriptor(io.BytesIO(data), f".debug_{name}", 0, len(data), 0)

    import inspect

    found = {f"debug_{name}_sec": section(name) for name in _SECTIONS}
    takes = inspect.signature(DWARFInfo.__init__).parameters
    given = {name: found.get(name) for name in takes if name not in ("self", "config")}
    return DWARFInfo(DwarfConfig(little_endian=True, default_address_size=4, machine_arch="x86"), **given)
