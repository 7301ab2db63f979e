"""Inputs of WebAssembly functions, and asking the sandbox to work on them.

Not covered: what is asked (``unriddle.methods._wasm_inside`` has the functions).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.execute.trace.wasm.limits import WasmLimits
from unriddle.execute.trace.wasm.sandbox import run_inside

__all__ = ["SECONDS", "Input", "ask", "wired", "wired_limits"]

SECONDS = 5.0
"""CPU seconds after which the sandbox gives a part of an answer."""

_MORE = ("unriddle.methods._wasm_mutate", "unriddle.methods._wasm_inside")
_LIMITS = WasmLimits(fuel=10_000_000, seconds=5.0, memory_mb=64)


@dataclass(frozen=True, slots=True)
class Input:
    """Arguments of a function, and what the program reads.

    Attributes:
        args: Numbers.
        stdin: Standard input.
    """

    args: tuple[int | float, ...] = ()
    stdin: bytes = b""


def wired(inputs: Sequence[Input]) -> list[list[Any]]:
    """Inputs as plain data.

    Raises:
        BadInput: One of them is none.
    """
    for one in inputs:
        if not isinstance(one, Input) or not isinstance(one.stdin, bytes):
            raise BadInput(f"inputs: expected Input(args, stdin) with bytes in stdin, got {shorten(one)}")
        if wrong := [value for value in one.args if type(value) not in (int, float)]:
            raise BadInput(f"inputs: expected ints and floats of Python in args, got {shorten(wrong[0])}")
    return [[list(one.args), base64.b64encode(one.stdin).decode()] for one in inputs]


def wired_limits(limits: WasmLimits | None) -> dict[str, Any]:
    """Limits as plain data; those of a small function when ``None``."""
    return asdict(limits or _LIMITS)


def ask(
    function: str, wasm: bytes, given: Sequence[Any], *, executor: Executor, limits: WasmLimits | None
) -> dict[str, Any]:
    """A function's answer in the sandbox; its first argument is the module."""
    own = limits or _LIMITS
    return run_inside(
        function, [base64.b64encode(wasm).decode(), *given], executor=executor, more=_MORE,
        cpu_seconds=SECONDS + 2 * own.seconds + 20.0, memory_mb=own.memory_mb * 3 + 1024,
    )  # fmt: skip
