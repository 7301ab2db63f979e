"""What runs in the sandbox: one machine, its monitors, one call; numbers and tables come back."""

from __future__ import annotations

import base64
from dataclasses import asdict
from typing import Any

from unriddle.errors import BadInput
from unriddle.execute.trace.wasm.limits import WasmLimits
from unriddle.execute.trace.wasm.lines import line_counts, lines_of
from unriddle.execute.trace.wasm.machine import Machine
from unriddle.execute.trace.wasm.monitors import Coverage, Hotness, monitors_of
from unriddle.execute.trace.wasm.variables import Variables

__all__ = ["watch_inside"]


def watch_inside(wasm: str, name: str, args: list[int | float], options: dict[str, Any]) -> dict[str, Any]:
    """How it ended and the reports; or ``refused`` with the reason, where the input cannot be used."""
    try:
        return _watched(base64.b64decode(wasm), name, args, options)
    except BadInput as error:
        return {"refused": str(error)}


def _watched(wasm: bytes, name: str, args: list[int | float], options: dict[str, Any]) -> dict[str, Any]:
    limits = WasmLimits(**options["limits"])
    machine = Machine(wasm, limits=limits, small_address_space=True)
    lines = lines_of(machine.module, name) if options["lines"] else {}
    if lines:
        machine = Machine(wasm, limits=limits, small_address_space=True, only=lines)
    monitors = monitors_of(options["monitors"], instructions=options["instructions"])
    if lines and "values" in options["monitors"]:
        monitors.append(Variables(lines, entry=name))
    machine.attach(*monitors)
    ended = machine.run(name, args, stdin=base64.b64decode(options["stdin"]))
    reports = {monitor.name: monitor.report() for monitor in monitors}
    for monitor in monitors:
        if lines and isinstance(monitor, Coverage | Hotness):
            counts = line_counts(lines, monitor.rows())
            reports[monitor.name]["lines"] = [[line, count] for line, count in counts.items()]
    return {"ended": asdict(ended), "reports": reports}
