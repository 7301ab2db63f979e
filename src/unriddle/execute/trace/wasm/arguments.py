"""Arguments of an exported function, checked against its type before anything runs."""

from __future__ import annotations

from collections.abc import Sequence

from unriddle.errors import BadInput, shorten
from unriddle.execute.trace.wasm.binary import Module

__all__ = ["arguments"]

_NAMES = {"i": "i32", "I": "i64", "f": "f32", "F": "f64"}
_BITS = {"i": 32, "I": 64}


def arguments(module: Module, name: str, args: Sequence[int | float]) -> list[int | float]:
    """The arguments as the engine takes them: whole numbers signed, others as floats.

    Raises:
        BadInput: The function is not exported, or the arguments do not fit it.
    """
    kind, index = module.exports.get(name, (-1, -1))
    if kind != 0:
        known = ", ".join(n for n, (k, _) in module.exports.items() if k == 0)
        raise BadInput(f"function {shorten(name)} is not exported; exported are: {known[:300] or 'none'}")
    kinds = module.functions[index][0]
    shown = f"{name}({', '.join(_NAMES.get(one, 'reference') for one in kinds)})"
    if set(kinds) - set(_NAMES):
        raise BadInput(f"{shown}: only numbers can be given, no references; choose another function")
    if len(kinds) != len(args):
        raise BadInput(f"{shown}: expected {len(kinds)} numbers, got {len(args)}")
    return [_one(shown, one, value) for one, value in zip(kinds, args, strict=True)]


def _one(shown: str, kind: str, value: int | float) -> int | float:
    bits = _BITS.get(kind)
    if type(value) not in (int, float) or (bits is not None and type(value) is not int):
        raise BadInput(f"{shown}: {shorten(value)} is no {_NAMES[kind]}")
    if bits is None:
        try:
            return float(value)
        except OverflowError as error:
            raise BadInput(f"{shown}: {shorten(value)} is no {_NAMES[kind]}") from error
    if not -(1 << bits - 1) <= value < 1 << bits:
        raise BadInput(f"{shown}: {shorten(value)} does not fit {_NAMES[kind]}")
    return (int(value) + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)
