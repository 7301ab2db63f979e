"""Which types lie on the operand stack before each instruction, and where straight runs of instructions begin.

The engine has checked the module before, so that nothing is checked here. Code that can never run has no types.
"""

from __future__ import annotations

from collections.abc import Sequence

from unriddle.execute.trace.wasm.binary import Function, Module, Signature
from unriddle.execute.trace.wasm.instructions import MAY_STOP, SIGNATURES, Instruction

__all__ = ["Stack", "block_type", "runs_of", "stacks"]

_ENDS = ("br", "br_table", "return", "unreachable")
_BLOCKS = ("block", "loop", "if")
_ONE = {-64: "", -1: "i", -2: "I", -3: "f", -4: "F", -16: "r", -17: "x"}


def block_type(module: Module, number: int) -> Signature:
    """What a block takes and leaves."""
    return module.types[number] if number >= 0 else ("", _ONE[number])


Stack = tuple[str, int]
"""Types on the stack, bottom first, one letter each; and how many of them lie below the innermost block's own."""


def stacks(module: Module, function: Function) -> list[Stack | None]:
    """The stack before each instruction; None where it can never run."""
    found: list[Stack | None] = []
    stack: str | None = ""
    blocks: list[tuple[str, Signature]] = [("", ("", function.signature[1]))]
    for one in function.code:
        found.append(None if stack is None else (stack, len(blocks[-1][0])))
        if one.name in _BLOCKS:
            taken, left = block_type(module, one.args[0])
            if stack is None:
                blocks.append(("dead", ("", "")))
                continue
            base = stack[: len(stack) - len(taken) - (one.name == "if")]
            blocks.append((base, (taken, left)))
            stack = base + taken
        elif one.name == "else":
            base, (taken, _) = blocks[-1]
            stack = None if base == "dead" else base + taken
        elif one.name == "end":
            base, (_, left) = blocks.pop()
            stack = None if base == "dead" else base + left
        elif stack is not None:
            stack = _after(module, function, one, stack)
    return found


def _after(module: Module, function: Function, one: Instruction, stack: str) -> str | None:
    name = one.name
    if name in _ENDS:
        return None
    if name == "select":
        return stack[:-2]
    if name == "select_t":
        return stack[:-2]
    taken, left = SIGNATURES.get(name) or _effect(module, function, one, stack)
    return stack[: len(stack) - len(taken)] + left


def _effect(module: Module, function: Function, one: Instruction, stack: str) -> Signature:
    name, first = one.name, one.args[0] if one.args else 0
    if name == "call":
        return module.functions[first]
    if name == "call_indirect":
        taken, left = module.types[first]
        return taken + "i", left
    kinds = function.local_types if name.startswith("local.") else module.globals
    match name:
        case "local.get" | "global.get":
            return "", kinds[first]
        case "local.tee":
            return kinds[first], kinds[first]
        case "table.get":
            return "i", module.tables[first]
        case "table.set" | "table.grow":
            return "?" * 2, "i" if name == "table.grow" else ""
        case "table.fill":
            return "???", ""
        case "ref.null":
            return "", _ONE[first]
    return stack[-1:], ""  # drop, br_if, local.set, global.set


def runs_of(code: Sequence[Instruction]) -> dict[int, int]:
    """Where straight runs begin (positions in the code), and how many instructions each has.

    Whoever executes the first of a run executes all of it: a run ends behind every instruction that may trap, call or
    branch. A loop's head belongs to what follows it, since a branch back to it passes it again.
    """
    heads = {0}
    for i, one in enumerate(code):
        if one.name in ("loop", "else", "end"):
            heads.add(i)
        if one.name in ("block", "if", "else", "end", "br", "br_if", "br_table", "return") or one.name in MAY_STOP:
            heads.add(i + 1)
    order = sorted(head for head in heads if head < len(code))
    return {head: after - head for head, after in zip(order, [*order[1:], len(code)], strict=True)}
