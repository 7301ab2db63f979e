"""One function's body with probes written in: the bytes before each instruction, and a frame's values put aside.

The values on the operand stack are put into added locals, one for each height and type, and taken back after the
probe. Values below a block's own are put there where the block begins, so that probes inside see them too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from unriddle.execute.trace.wasm.binary import KINDS, Function, Module
from unriddle.execute.trace.wasm.leb import signed, unsigned
from unriddle.execute.trace.wasm.places import ENTRY, EXIT, Act, Count, Fire, Layout, Mark, Spend, Tally
from unriddle.execute.trace.wasm.stacks import Stack, block_type, stacks

__all__ = ["TYPE_BYTES", "new_body"]

TYPE_BYTES = {letter: byte for byte, letter in KINDS.items()}
_STORES = {"i": b"\x36\x42", "I": b"\x37\x43", "f": b"\x38\x42", "F": b"\x39\x43"}
_ZERO, _END, _IF = b"\x41\x00", b"\x0b", b"\x04\x40"


class _Writer:
    """The bytes of acts, and the locals they need."""

    def __init__(self, function: Function, layout: Layout, *, hook: tuple[int, int], memory: int) -> None:
        self.kinds = function.local_types
        self.layout = layout
        self.hook = unsigned(hook[0]) + unsigned(hook[1])
        self.memory = unsigned(memory)
        self.scratch: dict[tuple[object, str], int] = {}

    def local(self, key: object, kind: str) -> bytes:
        """The number of the added local with this key."""
        return unsigned(len(self.kinds) + self.scratch.setdefault((key, kind), len(self.scratch)))

    def at(self, op: bytes, address: int) -> bytes:
        """A load or store, ``op`` being its byte and its alignment with the flag for a memory's number."""
        return op + self.memory + unsigned(address)

    def save(self, stack: Stack) -> bytes:
        """Put the innermost block's values into added locals; those below it are there since the block began."""
        kinds, below = stack
        return b"".join(b"\x21" + self.local(h, kinds[h]) for h in reversed(range(below, len(kinds))))

    def restore(self, stack: Stack) -> bytes:
        """Take them back."""
        kinds, below = stack
        return b"".join(b"\x20" + self.local(h, kinds[h]) for h in range(below, len(kinds)))

    def act(self, act: Act, stack: Stack) -> bytes:
        """The bytes of one act; the stack is left as it was, but for what ``frame`` needs around them."""
        if isinstance(act, Mark):
            return _ZERO + b"\x41\x01" + self.at(b"\x36\x42", self.layout.counter(act.slot))
        if isinstance(act, Count):
            return self._plus(_ZERO, self.layout.counter(act.slot))
        if isinstance(act, Tally):
            top, where = self.local("top", "i"), self.local("where", "i")
            most = b"\x41" + signed(act.most)
            index = b"\x22" + top + most + b"\x20" + top + most + b"\x49\x1b"
            address = index + b"\x41\x03\x74\x21" + where
            return address + self._plus(b"\x20" + where, self.layout.counter(act.slot)) + b"\x20" + top
        if isinstance(act, Spend):
            left, at = self.local("left", "I"), self.layout.counter(act.slot)
            taken = self.at(b"\x29\x43", at) + b"\x42" + signed(act.n) + b"\x7d\x22" + left
            over = b"\x20" + left + b"\x42\x00\x53" + _IF + self._call(act.site) + _END
            return _ZERO + _ZERO + taken + self.at(b"\x37\x43", at) + over
        return self._fire(act, stack)

    def _plus(self, base: bytes, address: int) -> bytes:
        return base + base + self.at(b"\x29\x43", address) + b"\x42\x01\x7c" + self.at(b"\x37\x43", address)

    def _call(self, site: int) -> bytes:
        return b"\x41" + signed(site) + _ZERO + b"\x11" + self.hook

    def _fire(self, act: Fire, stack: Stack) -> bytes:
        kinds, below = stack
        asked = _ZERO + self.at(b"\x2d\x40", self.layout.flag(act.site)) + _IF
        if act.sees == "frame":
            kept = [(unsigned(i), kind) for i, kind in enumerate(self.kinds)]
            kept += [(self.local(h, kind), kind) for h, kind in enumerate(kinds)]
            return asked + self._spilled(kept) + self._call(act.site) + _END
        if act.sees == "top" and len(kinds) > below:
            top = self.local("seen", kinds[-1])
            spilled = self._spilled([(top, kinds[-1])])
            return b"\x22" + top + asked + spilled + self._call(act.site) + _END
        return asked + self._call(act.site) + _END

    def _spilled(self, kept: Sequence[tuple[bytes, str]]) -> bytes:
        return b"".join(
            _ZERO + b"\x20" + local + self.at(_STORES[kind], 8 * i)
            for i, (local, kind) in enumerate(kept)
            if kind in _STORES
        )


def new_body(
    module: Module,
    function: Function,
    acts: Mapping[int, Sequence[Act]],
    layout: Layout,
    *,
    hook: tuple[int, int],
    memory: int,
    type_of: Callable[[str], int],
) -> bytes:
    """The body's bytes with these acts, by pc.

    Args:
        module: The module.
        function: The function.
        acts: By pc, ``ENTRY`` or ``EXIT``.
        layout: Of the added memory.
        hook: Numbers of the host function's type and of the table that holds it.
        memory: Number of the added memory.
        type_of: The number of a type without parameters and with these results.
    """
    writer = _Writer(function, layout, hook=hook, memory=memory)
    frames = any(isinstance(act, Fire) and act.sees == "frame" for todo in acts.values() for act in todo)
    results = function.signature[1]
    parts = [writer.act(act, ("", 0)) for act in acts.get(ENTRY, ())]
    leaving = acts.get(EXIT, ())
    if leaving:
        parts.append(b"\x02" + signed(type_of(results)))
    depth = 0
    for one, stack in zip(function.code, stacks(module, function), strict=True):
        depth += {"block": 1, "loop": 1, "if": 1, "end": -1}.get(one.name, 0)
        raw = one.raw
        if one.name == "return" and leaving:
            raw = b"\x0c" + unsigned(depth)
        if stack is None:
            parts.append(raw)
            continue
        if frames and one.name in ("block", "loop", "if"):
            parts.append(writer.save(stack) + writer.restore(stack))
        todo = acts.get(one.pc, ())
        if one.name == "loop":  # inside it, where branches back arrive too
            below = len(stack[0]) - len(block_type(module, one.args[0])[0])
            parts.append(raw + _around(writer, todo, (stack[0], below)))
        else:
            parts.append(_around(writer, todo, stack) + raw)
    if leaving:
        parts += [_around(writer, leaving, (results, 0)), _END]
    extra = sorted((number, kind) for (_, kind), number in writer.scratch.items())
    runs = [*function.runs, *((1, TYPE_BYTES[kind]) for _, kind in extra)]
    declared = unsigned(len(runs)) + b"".join(unsigned(count) + bytes([byte]) for count, byte in runs)
    return declared + b"".join(parts)


def _around(writer: _Writer, todo: Sequence[Act], stack: Stack) -> bytes:
    """The acts at one place, the stack put aside around those that show it."""
    return b"".join(
        writer.save(stack) + writer.act(act, stack) + writer.restore(stack)
        if isinstance(act, Fire) and act.sees == "frame"
        else writer.act(act, stack)
        for act in todo
    )
