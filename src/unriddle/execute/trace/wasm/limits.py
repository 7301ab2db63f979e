"""What a run of a module may use, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Ended", "How", "WasmLimits"]

How = Literal["returned", "exited", "trapped", "stopped", "out of fuel", "out of time"]
"""``exited``: the program left by itself with an exit code; ``stopped``: a probe or a budget ended it."""


@dataclass(frozen=True, slots=True)
class WasmLimits:
    """What one run may use.

    Args:
        fuel: The engine's count of instructions, those of probes among them; deterministic.
        seconds: Wall seconds of the run; host calls use no fuel.
        memory_mb: MiB of the program's memory.
        output_bytes: Bytes kept of what it prints on either stream; the rest is dropped.
        stack_kb: KiB of the engine's stack.
    """

    fuel: int = 2_000_000_000
    seconds: float = 10.0
    memory_mb: int = 256
    output_bytes: int = 1_000_000
    stack_kb: int = 512


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended.

    Attributes:
        how: See ``How``.
        values: What the function returned.
        text: Why it ended, where it did not return.
        exit_code: Of a program that left by itself; 0 otherwise.
        stdout: What it printed, cut at the limit.
        stderr: The same for the other stream.
        memory: SHA-256 of the program's memory at the end; empty without one.
        memory_bytes: Its size; a memory never shrinks, so this is the peak.
        globals: The numbers in its globals at the end, references left out.
        fuel: Fuel used, that of probes too.
    """

    how: How
    values: tuple[int | float, ...] = ()
    text: str = ""
    exit_code: int = 0
    stdout: str = ""
    stderr: str = ""
    memory: str = ""
    memory_bytes: int = 0
    globals: tuple[int | float, ...] = ()
    fuel: int = 0
