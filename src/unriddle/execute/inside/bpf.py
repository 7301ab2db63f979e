"""A small assembler for classic BPF over the data of a system call: rules in, filter code out.

Numbers are looked up by binary search, because the kernel evaluates a new filter once per known system call before it
accepts it: a linear list makes every loading slow. Not covered: jumps of more than 255 instructions.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Final

__all__ = ["ALLOW", "KILL", "allow_if", "allow_unless", "by_number", "header", "refuse", "ret"]

ALLOW: Final = 0x7FFF0000
KILL: Final = 0x80000000
_ERRNO = 0x00050000
_LOAD, _JEQ, _JGE, _JSET, _RET = 0x20, 0x15, 0x35, 0x45, 0x06
_NR, _ARCH, _ARGUMENTS = 0, 4, 16
_ARCH_X86_64, _X32_BIT = 0xC000003E, 0x40000000


def _op(code: int, jt: int, jf: int, k: int) -> bytes:
    return struct.pack("<HBBI", code, jt, jf, k)


def ret(action: int) -> bytes:
    """End with this action."""
    return _op(_RET, 0, 0, action)


def refuse(number: int) -> bytes:
    """Fail the call with this errno."""
    return ret(_ERRNO | number)


def allow_if(argument: int, values: Sequence[int], *, otherwise: bytes) -> bytes:
    """Allow when the low half of argument number ``argument`` equals one of the values."""
    tests = [_op(_JEQ, 0, 1, value) + ret(ALLOW) for value in values]
    return b"".join([_op(_LOAD, 0, 0, _ARGUMENTS + 8 * argument), *tests, otherwise])


def allow_unless(argument: int, bits: int, *, otherwise: bytes, all_clear: bool) -> bytes:
    """Allow by flags: when none of ``bits`` is set (``all_clear``), or when one of them is."""
    test = _op(_JSET, 1, 0, bits) if all_clear else _op(_JSET, 0, 1, bits)
    return _op(_LOAD, 0, 0, _ARGUMENTS + 8 * argument) + test + ret(ALLOW) + otherwise


def header() -> bytes:
    """Kill on a foreign architecture, refuse x32 with EPERM, leave the call's number loaded."""
    return (
        _op(_LOAD, 0, 0, _ARCH)
        + _op(_JEQ, 1, 0, _ARCH_X86_64)
        + ret(KILL)
        + _op(_LOAD, 0, 0, _NR)
        + _op(_JGE, 0, 1, _X32_BIT)
        + refuse(1)
    )


def by_number(rules: Mapping[int, bytes], *, otherwise: bytes) -> bytes:
    """What to do by the number that is loaded; every rule must end in a return.

    Raises:
        ValueError: A jump would be too far.
    """
    places: list[tuple[int, bytes]] = [(0, otherwise)]
    for number in sorted(rules):
        if places[-1][0] == number:
            places.pop()
        if not places or places[-1][1] != rules[number]:
            places.append((number, rules[number]))
        places.append((number + 1, otherwise))
    merged = [place for i, place in enumerate(places) if i == 0 or place[1] != places[i - 1][1]]
    return _search(merged)


def _search(places: Sequence[tuple[int, bytes]]) -> bytes:
    if len(places) == 1:
        return places[0][1]
    middle = len(places) // 2
    low, high = _search(places[:middle]), _search(places[middle:])
    if len(low) // 8 > 255:
        raise ValueError(f"a jump of {len(low) // 8} instructions; put long rules at the higher numbers")
    return _op(_JGE, len(low) // 8, 0, places[middle][0]) + low + high
