"""Mutants of a WebAssembly module: one instruction each is exchanged, and the module stays valid.

Exchanged are operators (for one with the same operands), constants (by the next ones) and conditions (negated). Only
instructions that can run are changed. Runs in the sandbox; not covered: calls, loads, stores, and removing code.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence

from unriddle.execute.trace.wasm.binary import Function, Module, write_sections
from unriddle.execute.trace.wasm.instructions import Instruction
from unriddle.execute.trace.wasm.leb import Reader, signed, unsigned
from unriddle.execute.trace.wasm.plan import reachable

__all__ = ["Change", "changes_of", "mutated"]

Change = tuple[int, int, str, bytes]
"""A function's number, an instruction's pc, what is changed in words, and the bytes that replace the instruction."""

_WHOLE = (
    "add>sub sub>add mul>add div_s>mul div_u>mul rem_s>div_s rem_u>div_u and>or or>and xor>or shl>shr_u shr_s>shl "
    "shr_u>shl rotl>rotr rotr>rotl eq>ne ne>eq lt_s>le_s lt_s>ge_s le_s>lt_s le_s>gt_s gt_s>ge_s gt_s>le_s ge_s>gt_s "
    "ge_s>lt_s lt_u>le_u lt_u>ge_u le_u>lt_u le_u>gt_u gt_u>ge_u gt_u>le_u ge_u>gt_u ge_u>lt_u"
)
_REAL = "add>sub sub>add mul>div div>mul min>max max>min eq>ne ne>eq lt>le lt>ge le>lt le>gt gt>ge gt>le ge>gt ge>lt"

_CODES = {
    "i32": (0x46, "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u", 0x6A),
    "i64": (0x51, "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u", 0x7C),
    "f32": (0x5B, "eq ne lt gt le ge", 0x92),
    "f64": (0x61, "eq ne lt gt le ge", 0xA0),
}
"""First comparison's byte, the comparisons, and the byte of ``add``, from which the other operators follow."""

_EQZ = b"\x45"
_TESTS = ("eqz", "eq", "ne", "lt", "le", "gt", "ge")


def _partners() -> dict[str, list[tuple[str, bytes]]]:
    """By instruction, the names and bytes of those that replace it."""
    found: dict[str, list[tuple[str, bytes]]] = {}
    for kind, (first, tests, add) in _CODES.items():
        whole = kind[0] == "i"
        verbs = "add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"
        codes = {verb: first + i for i, verb in enumerate(tests.split())}
        codes |= {verb: add + i for i, verb in enumerate((verbs if whole else "add sub mul div min max").split())}
        for pair in (_WHOLE if whole else _REAL).split():
            old, new = pair.split(">")
            found.setdefault(f"{kind}.{old}", []).append((f"{kind}.{new}", bytes([codes[new]])))
    return found


_PARTNERS = _partners()


def changes_of(module: Module, functions: Sequence[int]) -> list[Change]:
    """All mutants of these functions, in the order of the code."""
    chosen = set(functions)
    return [change for f in module.defined if f.index in chosen for change in _in_function(module, f)]


def _in_function(module: Module, function: Function) -> Iterator[Change]:
    live = reachable(module, function)
    before = ""
    for one in function.code:
        if one.pc in live:
            for what, raw in _of(one, before):
                yield function.index, one.pc, what, raw
        before = one.name


def _of(one: Instruction, before: str) -> Iterator[tuple[str, bytes]]:
    """What replaces one instruction; a condition is not negated where the comparison before it is."""
    for name, raw in _PARTNERS.get(one.name, ()):
        yield f"{one.name} becomes {name}", raw
    if one.name in ("i32.eqz", "i64.eqz"):
        yield f"{one.name} negated", one.raw + _EQZ
    if one.name in ("if", "br_if") and before.partition(".")[2].split("_")[0] not in _TESTS:
        yield f"condition of {one.name} negated", _EQZ + one.raw
    if one.name in ("i32.const", "i64.const"):
        bits = int(one.name[1:3])
        for step in (1, -1):
            value = (one.args[0] + step + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
            yield f"constant {one.args[0]} becomes {value}", one.raw[:1] + signed(value)
    if one.name in ("f32.const", "f64.const"):
        yield from _real_constant(one)


def _real_constant(one: Instruction) -> Iterator[tuple[str, bytes]]:
    form = "<f" if one.name == "f32.const" else "<d"
    value = struct.unpack(form, one.raw[1:])[0]
    for new in (value + 1, value - 1) if math.isfinite(value) else ():
        raw = one.raw[:1] + struct.pack(form, new)
        if raw != one.raw:  # large numbers have no neighbour so near
            yield f"constant {value!r} becomes {new!r}", raw


def mutated(module: Module, index: int, pc: int, raw: bytes) -> bytes:
    """The module with the instruction at this place replaced, without its custom sections."""
    reader = Reader(dict(module.sections)[10])
    bodies = [reader.take(reader.number()) for _ in range(reader.number())]
    at = next(i for i, function in enumerate(module.defined) if function.index == index)
    old = next(one for one in module.defined[at].code if one.pc == pc)
    bodies[at] = bodies[at][:pc] + raw + bodies[at][pc + len(old.raw) :]
    code = unsigned(len(bodies)) + b"".join(unsigned(len(body)) + body for body in bodies)
    return write_sections(module, {10: code})
