"""A module with probes written into its code: the same program, which counts and calls the host besides.

Everything added lies behind what was there (types, a table with the host's function, a memory for counters and flags),
so that no number in the program changes and the program cannot name what was added. Functions without probes keep their
bytes. Not covered: code that can never run gets no probes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from unriddle.execute.trace.wasm.binary import Module, write_sections
from unriddle.execute.trace.wasm.body import TYPE_BYTES, new_body
from unriddle.execute.trace.wasm.leb import Reader, unsigned
from unriddle.execute.trace.wasm.places import Act, Layout, Place

__all__ = ["ADDED", "added_names", "instrument"]

ADDED = ("memory", "table", "own memory", "start")
"""What is exported besides under ``added_names``: our memory and table, the program's memory, its start."""


def added_names(module: Module) -> dict[str, str]:
    """Names for our exports that the module itself does not use."""
    prefix = "unriddle:"
    while any(name.startswith(prefix) for name in module.exports):
        prefix = "unriddle:" + prefix
    return {name: prefix + name for name in ADDED}


def instrument(
    module: Module,
    acts: Mapping[Place, Sequence[Act]],
    layout: Layout,
    *,
    extra_globals: Sequence[int] = (),
) -> bytes:
    """The module's bytes with these acts at these places.

    The start function, if any, no longer runs by itself: the host calls it once it has put its function into the table.

    Args:
        module: The module.
        acts: What to do where, in order.
        layout: Of the added memory.
        extra_globals: Numbers of the program's globals to export, as ``added_names``'s prefix plus ``global N``.
    """
    types = [*module.types, ("i", "")]
    hook_type = len(module.types)
    block_types: dict[str, int] = {}

    def type_of(results: str) -> int:
        if results not in block_types:
            block_types[results] = len(types)
            types.append(("", results))
        return block_types[results]

    by_function: dict[int, dict[int, Sequence[Act]]] = {}
    for place, todo in acts.items():
        by_function.setdefault(place.function, {})[place.pc] = todo
    bodies = _old_bodies(module)
    for i, function in enumerate(module.defined):
        if function.index in by_function:
            bodies[i] = new_body(
                module, function, by_function[function.index], layout,
                hook=(hook_type, len(module.tables)), memory=module.n_memories, type_of=type_of,
            )  # fmt: skip
    names = added_names(module)
    exports = [(names["memory"], 2, module.n_memories), (names["table"], 1, len(module.tables))]
    if module.n_memories:
        exports.append((names["own memory"], 2, 0))
    if module.start >= 0:
        exports.append((names["start"], 0, module.start))
    exports += [(f"{names['memory']} global {i}", 3, i) for i in extra_globals]
    old = dict(module.sections)
    code = unsigned(len(bodies)) + b"".join(unsigned(len(body)) + body for body in bodies)
    return write_sections(module, {
        1: _appended(old.get(1), [_type(t) for t in types[len(module.types) :]]),
        4: _appended(old.get(4), [b"\x70\x01\x01\x01"]),
        5: _appended(old.get(5), [b"\x01" + unsigned(layout.pages) * 2]),
        7: _appended(old.get(7), [_name(n) + bytes([kind]) + unsigned(i) for n, kind, i in exports]),
        8: None,
        10: code if bodies else old.get(10),
    })  # fmt: skip


def _old_bodies(module: Module) -> list[bytes]:
    contents = dict(module.sections).get(10)
    if contents is None:
        return []
    reader = Reader(contents)
    return [reader.take(reader.number()) for _ in range(reader.number())]


def _appended(contents: bytes | None, items: list[bytes]) -> bytes:
    reader = Reader(contents if contents is not None else b"\0")
    n = reader.number()
    return unsigned(n + len(items)) + reader.data[reader.at :] + b"".join(items)


def _name(text: str) -> bytes:
    data = text.encode()
    return unsigned(len(data)) + data


def _type(signature: tuple[str, str]) -> bytes:
    return b"\x60" + b"".join(unsigned(len(side)) + bytes(TYPE_BYTES[kind] for kind in side) for side in signature)
