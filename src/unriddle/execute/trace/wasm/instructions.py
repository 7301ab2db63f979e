"""The instructions of WebAssembly that we read: names, immediates, and what each takes from and leaves on the stack.

Known are the first version of the language and what compilers use since: sign extension, saturating conversion, bulk
memory, reference types and several results. Not covered: vectors, threads, tail calls, exceptions, several memories;
an instruction of these is refused with its byte and place.
"""

from __future__ import annotations

from dataclasses import dataclass

from unriddle.errors import BadInput
from unriddle.execute.trace.wasm.leb import Reader

__all__ = ["MAY_STOP", "SIGNATURES", "WIDTH", "Instruction", "read_body"]


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction as it stands in a function's body.

    Attributes:
        pc: Its first byte, counted from the body's first byte (the declarations of locals come before the code).
        name: As in the text format.
        args: Its immediates; a block's type is a number below 0 (none or one result) or a type's index.
        raw: Its bytes.
    """

    pc: int
    name: str
    args: tuple[int, ...]
    raw: bytes


def _names() -> dict[int, str]:
    """Opcode to name; those behind the prefix byte 0xFC have 0xFC00 added."""
    compare = "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"
    whole = "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"
    real = "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign"
    rows = (
        (0x00, "", "unreachable nop block loop if else"),
        (0x0B, "", "end br br_if br_table return call call_indirect"),
        (0x1A, "", "drop select select_t"),
        (0x20, "", "local.get local.set local.tee global.get global.set table.get table.set"),
        (0x28, "", "i32.load i64.load f32.load f64.load i32.load8_s i32.load8_u i32.load16_s i32.load16_u"),
        (0x30, "i64.", "load8_s load8_u load16_s load16_u load32_s load32_u"),
        (0x36, "", "i32.store i64.store f32.store f64.store i32.store8 i32.store16"),
        (0x3C, "", "i64.store8 i64.store16 i64.store32 memory.size memory.grow"),
        (0x41, "", "i32.const i64.const f32.const f64.const"),
        (0x45, "i32.", f"eqz {compare}"),
        (0x50, "i64.", f"eqz {compare}"),
        (0x5B, "f32.", "eq ne lt gt le ge"),
        (0x61, "f64.", "eq ne lt gt le ge"),
        (0x67, "i32.", whole),
        (0x79, "i64.", whole),
        (0x8B, "f32.", real),
        (0x99, "f64.", real),
        (0xA7, "i32.", "wrap_i64 trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u"),
        (0xAC, "i64.", "extend_i32_s extend_i32_u trunc_f32_s trunc_f32_u trunc_f64_s trunc_f64_u"),
        (0xB2, "f32.", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u demote_f64"),
        (0xB7, "f64.", "convert_i32_s convert_i32_u convert_i64_s convert_i64_u promote_f32"),
        (0xBC, "", "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64"),
        (0xC0, "", "i32.extend8_s i32.extend16_s i64.extend8_s i64.extend16_s i64.extend32_s"),
        (0xD0, "", "ref.null ref.is_null ref.func"),
        (0xFC00, "i32.", "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"),
        (0xFC04, "i64.", "trunc_sat_f32_s trunc_sat_f32_u trunc_sat_f64_s trunc_sat_f64_u"),
        (0xFC08, "", "memory.init data.drop memory.copy memory.fill table.init elem.drop table.copy"),
        (0xFC0F, "", "table.grow table.size table.fill"),
    )
    return {start + i: prefix + name for start, prefix, text in rows for i, name in enumerate(text.split())}


_NAMES = _names()
_KIND = {"i32": "i", "i64": "I", "f32": "f", "f64": "F"}
_UNARY = ("eqz", "clz", "ctz", "popcnt", "abs", "neg", "ceil", "floor", "trunc", "nearest", "sqrt")
_TESTS = ("eq", "ne", "lt", "gt", "le", "ge")


def _signature(name: str) -> tuple[str, str] | None:
    """Types taken (the last one is on top) and left, one letter each; None where they hang on more than the name."""
    fixed = {
        "nop": ("", ""), "memory.size": ("", "i"), "memory.grow": ("i", "i"), "memory.init": ("iii", ""),
        "memory.copy": ("iii", ""), "memory.fill": ("iii", ""), "table.init": ("iii", ""), "table.copy": ("iii", ""),
        "data.drop": ("", ""), "elem.drop": ("", ""), "table.size": ("", "i"), "ref.is_null": ("?", "i"),
        "ref.func": ("", "r"),
    }  # fmt: skip
    kind, _, verb = name.partition(".")
    if name in fixed or kind not in _KIND:
        return fixed.get(name)
    own, stem = _KIND[kind], verb.split("_")[0]
    if verb == "const":
        return "", own
    if stem.startswith("load"):
        return "i", own
    if stem.startswith("store"):
        return "i" + own, ""
    if verb in _UNARY or (stem.startswith("extend") and verb.endswith(("8_s", "16_s"))) or verb == "extend32_s":
        return own, "i" if verb == "eqz" else own
    for part in verb.split("_")[1:]:
        if part in _KIND:
            return _KIND[part], own
    return own * 2, "i" if stem in _TESTS else own


SIGNATURES: dict[str, tuple[str, str]] = {n: s for n in _NAMES.values() if (s := _signature(n)) is not None}
"""What each instruction takes and leaves, where its name alone says it (``i I f F`` numbers, ``r x`` references)."""

WIDTH: dict[str, int] = {
    name: int(verb.strip("_su")[-2:].strip("de")) // 8 if verb[-1].isdigit() or "_" in verb else int(kind[1:]) // 8
    for name in _NAMES.values()
    for kind, _, verb in [name.partition(".")]
    if verb.startswith(("load", "store"))
}
"""Bytes that each load and store moves."""

MAY_STOP = frozenset(
    name
    for name in _NAMES.values()
    if name in WIDTH
    or name.partition(".")[2].startswith(("div_", "rem_", "trunc_f", "init", "copy", "fill"))
    or name in ("unreachable", "call", "call_indirect", "table.get", "table.set")
) - {"f32.copysign", "f64.copysign"}
"""Instructions after which the program may not go on with the next one, branches aside."""


_BLOCKS = ("block", "loop", "if")
_ONE = ("br", "br_if", "call", "local.get", "local.set", "local.tee", "global.get", "global.set", "table.get",
        "table.set", "ref.func", "data.drop", "elem.drop", "table.grow", "table.size", "table.fill", "memory.size",
        "memory.grow", "memory.fill")  # fmt: skip
_TWO = ("call_indirect", "memory.init", "memory.copy", "table.init", "table.copy")


def _immediates(reader: Reader, name: str) -> tuple[int, ...]:
    if name in _BLOCKS or name in ("i32.const", "i64.const", "ref.null"):
        return (reader.whole(),)
    if name in WIDTH:
        return reader.number(), reader.number()
    if name in _ONE:
        return (reader.number(),)
    if name in _TWO:
        return reader.number(), reader.number()
    if name == "br_table":
        return tuple(reader.number() for _ in range(reader.number() + 1))
    if name == "select_t":
        return tuple(reader.whole() for _ in range(reader.number()))
    if name in ("f32.const", "f64.const"):
        return (int.from_bytes(reader.take(4 if name == "f32.const" else 8), "little"),)
    return ()


def read_body(body: bytes, *, what: str) -> tuple[tuple[tuple[int, int], ...], tuple[Instruction, ...]]:
    """Runs of locals ``(count, type byte)`` and the instructions of one function's body.

    Raises:
        BadInput: There is an instruction that we do not know, or the body ends in the middle.
    """
    reader = Reader(body)
    runs = tuple((reader.number(), reader.take(1)[0]) for _ in range(reader.number()))
    found = []
    while reader.at < len(body):
        pc = reader.at
        code = reader.take(1)[0]
        if code == 0xFC:
            code = 0xFC00 + reader.number()
        name = _NAMES.get(code)
        if name is None:
            raise BadInput(
                f"{what}, byte {pc}: instruction 0x{code:02x} is not one we know (vectors, threads, tail calls and "
                "exceptions are not); compile for the plain target, without -msimd128 and the like"
            )
        args = _immediates(reader, name)
        if name in WIDTH and args[0] & 64:
            raise BadInput(f"{what}, byte {pc}: only modules with one memory can be watched")
        found.append(Instruction(pc, name, args, body[pc : reader.at]))
    return runs, tuple(found)
