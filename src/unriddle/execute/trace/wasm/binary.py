"""A WebAssembly module's bytes, read into what instrumenting needs, and put together again.

Sections that we do not change stay the bytes they were. Not covered: checking (the engine does that first) and the
component model.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from unriddle.errors import BadInput
from unriddle.execute.trace.wasm.instructions import Instruction, read_body
from unriddle.execute.trace.wasm.leb import Reader, unsigned

__all__ = ["KINDS", "Function", "Import", "Module", "Signature", "read_module", "write_sections"]

T = TypeVar("T")

MAGIC = b"\0asm\1\0\0\0"
_ORDER = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11)

KINDS = {0x7F: "i", 0x7E: "I", 0x7D: "f", 0x7C: "F", 0x70: "r", 0x6F: "x"}
"""Type byte to our letter: i32, i64, f32, f64, funcref, externref."""

Signature = tuple[str, str]
"""Parameters and results of a function, one letter each."""


@dataclass(frozen=True, slots=True)
class Import:
    """Something from outside: its module and name, and ``function``, ``table``, ``memory`` or ``global``."""

    module: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Function:
    """One function of the module's own.

    Attributes:
        index: Its number, imported functions counted too.
        name: From the name section, an export, or its number.
        signature: Its parameters and results.
        type_index: The number of its type.
        start: Where its body begins in the code section's contents; what debug information counts from.
        local_types: Types of its parameters and locals, one letter each.
        runs: Its declarations of locals: how many, of which type byte.
        code: Its instructions, the last ``end`` too.
    """

    index: int
    name: str
    signature: Signature
    type_index: int
    start: int
    local_types: str
    runs: tuple[tuple[int, int], ...]
    code: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class Module:
    """A module.

    Attributes:
        sections: ``(number, contents)`` in order; custom ones have number 0.
        types: Signatures by number.
        imports: What it wants from outside.
        functions: Signatures of all functions by number, imported ones first.
        names: Names of all functions by number.
        defined: Its own functions.
        globals: Types of all globals by number.
        tables: Element types of all tables by number.
        n_memories: 0 or 1.
        exports: Name to kind byte and number.
        start: The function that runs by itself, or -1.
    """

    sections: tuple[tuple[int, bytes], ...]
    types: tuple[Signature, ...]
    imports: tuple[Import, ...]
    functions: tuple[Signature, ...]
    names: tuple[str, ...]
    defined: tuple[Function, ...]
    globals: str
    tables: str
    n_memories: int
    exports: dict[str, tuple[int, int]]
    start: int

    def custom(self, name: str) -> bytes | None:
        """The contents of a custom section, without its name."""
        for number, contents in self.sections:
            if number == 0:
                reader = Reader(contents)
                if reader.name() == name:
                    return contents[reader.at :]
        return None


def read_module(data: bytes) -> Module:
    """The module in these bytes.

    Raises:
        BadInput: They are no module, or it uses what we do not read.
    """
    if data[:8] != MAGIC:
        raise BadInput(f"WebAssembly module: expected the bytes {MAGIC!r} first, got {data[:8]!r}; give a .wasm file")
    reader, sections = Reader(data, 8), []
    while reader.at < len(data):
        number = reader.take(1)[0]
        sections.append((number, reader.take(reader.number())))
    by_number = {number: Reader(contents) for number, contents in sections if number}
    types = _each(by_number.get(1), _type)
    imports, functions, tables, memories, kinds = _imports(by_number.get(2), types)
    type_indices = _each(by_number.get(3), Reader.number)
    n_imported = len(functions)
    functions += [types[i] for i in type_indices]
    tables += _each(by_number.get(4), _table)
    memories += len(_each(by_number.get(5), _limits))
    kinds += _each(by_number.get(6), _global)
    exports = dict(_each(by_number.get(7), _export))
    start = by_number[8].number() if 8 in by_number else -1
    if memories > 1:
        raise BadInput(f"WebAssembly module: only modules with one memory can be watched; this one has {memories}")
    names = _function_names(sections, imports, exports, len(functions))
    return Module(
        tuple(sections), tuple(types), tuple(imports), tuple(functions), names,
        _bodies(by_number.get(10), type_indices, types, names, n_imported), "".join(kinds), "".join(tables), memories,
        exports, start,
    )  # fmt: skip


def write_sections(module: Module, changed: Mapping[int, bytes | None]) -> bytes:
    """The module's bytes with sections put in another's place or added; None leaves a section out, as are custom ones.

    Custom sections are left out because debug information would be wrong about changed code.
    """
    contents = {number: data for number, data in module.sections if number} | dict(changed)
    return MAGIC + b"".join(
        bytes([number]) + unsigned(len(data)) + data for number in _ORDER if (data := contents.get(number)) is not None
    )


def _each(reader: Reader | None, read: Callable[[Reader], T]) -> list[T]:
    return [] if reader is None else [read(reader) for _ in range(reader.number())]


def _kind(byte: int) -> str:
    if byte not in KINDS:
        raise BadInput(
            f"WebAssembly module: type 0x{byte:02x} is not one we know (vectors and newer references are not)"
        )
    return KINDS[byte]


def _type(reader: Reader) -> Signature:
    if (form := reader.take(1)[0]) != 0x60:
        raise BadInput(
            f"WebAssembly module: expected a function type (0x60), got 0x{form:02x} (newer types are not read)"
        )
    params = "".join(_kind(b) for b in reader.take(reader.number()))
    return params, "".join(_kind(b) for b in reader.take(reader.number()))


def _limits(reader: Reader) -> None:
    flag = reader.number()
    if flag > 1:
        raise BadInput("WebAssembly module: shared and 64-bit memories cannot be watched; compile for plain wasm32")
    for _ in range(flag + 1):
        reader.number()


def _table(reader: Reader) -> str:
    kind = _kind(reader.take(1)[0])
    _limits(reader)
    return kind


def _global(reader: Reader) -> str:
    kind = _kind(reader.take(2)[0])
    while (code := reader.take(1)[0]) != 0x0B:
        if code in (0x43, 0x44):
            reader.take(4 if code == 0x43 else 8)
        elif code in (0x41, 0x42, 0x23, 0xD0, 0xD2):
            reader.whole()
        else:
            raise BadInput(f"WebAssembly module: instruction 0x{code:02x} in a global's first value is not one we know")
    return kind


def _export(reader: Reader) -> tuple[str, tuple[int, int]]:
    name = reader.name()
    return name, (reader.take(1)[0], reader.number())


def _imports(
    reader: Reader | None, types: list[Signature]
) -> tuple[list[Import], list[Signature], list[str], int, list[str]]:
    imports: list[Import] = []
    functions: list[Signature] = []
    tables: list[str] = []
    kinds: list[str] = []
    memories = 0
    for _ in range(reader.number() if reader is not None else 0):
        assert reader is not None
        module, name, kind = reader.name(), reader.name(), reader.take(1)[0]
        if kind == 0:
            functions.append(types[reader.number()])
        elif kind == 1:
            tables.append(_table(reader))
        elif kind == 2:
            _limits(reader)
            memories += 1
        elif kind == 3:
            kinds.append(_kind(reader.take(2)[0]))
        else:
            raise BadInput(f"WebAssembly module: import {module}.{name} is of kind {kind}, which we do not read")
        imports.append(Import(module, name, ("function", "table", "memory", "global")[kind]))
    return imports, functions, tables, memories, kinds


def _function_names(
    sections: list[tuple[int, bytes]], imports: list[Import], exports: dict[str, tuple[int, int]], n: int
) -> tuple[str, ...]:
    """Names from the name section, then exports, then imports; all different."""
    found: dict[int, str] = {}
    for number, contents in sections:
        if number == 0:
            found |= _name_section(contents)
    for name, (kind, index) in exports.items():
        if kind == 0:
            found.setdefault(index, name)
    for index, wanted in enumerate(item for item in imports if item.kind == "function"):
        found.setdefault(index, f"{wanted.module}.{wanted.name}")
    names: list[str] = []
    taken: set[str] = set()
    for index in range(n):
        name = found.get(index) or f"function {index}"
        names.append(name if name not in taken else f"{name} ({index})")
        taken.add(names[-1])
    return tuple(names)


def _name_section(contents: bytes) -> dict[int, str]:
    """Names of functions; none where the section is another one or damaged, which the engine does not mind either."""
    reader = Reader(contents)
    found: dict[int, str] = {}
    try:
        if reader.name() != "name":
            return {}
        while reader.at < len(contents):
            kind = reader.take(1)[0]
            inner = Reader(reader.take(reader.number()))
            if kind == 1:
                for _ in range(inner.number()):
                    index = inner.number()
                    found[index] = inner.name()
    except BadInput:
        return {}
    return found


def _bodies(
    reader: Reader | None, type_indices: list[int], types: list[Signature], names: tuple[str, ...], first: int
) -> tuple[Function, ...]:
    if reader is None:
        return ()
    found = []
    for i in range(reader.number()):
        body = reader.take(reader.number())
        index, signature = first + i, types[type_indices[i]]
        runs, code = read_body(body, what=f"function {names[index]}")
        if sum(count for count, _ in runs) > 50_000:
            raise BadInput(f"function {names[index]}: more than 50000 locals")
        kinds = signature[0] + "".join(_kind(byte) * count for count, byte in runs)
        start = reader.at - len(body)
        found.append(Function(index, names[index], signature, type_indices[i], start, kinds, runs, code))
    return tuple(found)
