"""``watch``: a module of unknown origin, watched in the sandbox that candidates run in.

The engine, the monitors and the module run in a process without network, files or this user's rights, with limits on
CPU time and memory, so that even a fault of the engine does no harm. Not covered: probes of your own (see ``Machine``).
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from unriddle.contracts import Executor
from unriddle.execute.trace.wasm.limits import Ended, WasmLimits
from unriddle.execute.trace.wasm.sandbox import PACKAGES, run_inside

__all__ = ["PACKAGES", "Watched", "watch"]


@dataclass(frozen=True, slots=True)
class Watched:
    """A watched run.

    Attributes:
        ended: How it ended.
        reports: What each monitor found, by its name, as its ``report`` says; for modules with debug information
            ``coverage`` and ``hotness`` hold ``lines`` too (``[line, count]``), and with
            ``values`` comes ``variables``: the values of C's variables by name.
    """

    ended: Ended
    reports: dict[str, Any]


def watch(
    wasm: bytes,
    call: str = "_start",
    args: Sequence[int | float] = (),
    *,
    executor: Executor,
    monitors: Sequence[str] = ("coverage", "branches", "loops"),
    instructions: int = 0,
    limits: WasmLimits | None = None,
    stdin: bytes = b"",
    lines: bool = True,
) -> Watched:
    """What these monitors see in one call of a module's exported function.

    Args:
        wasm: The module's bytes.
        call: The function's name.
        args: Numbers.
        executor: Where it runs; it must show ``PACKAGES``.
        monitors: Of ``unriddle.execute.trace.wasm.MONITORS``.
        instructions: End the run before it exceeds so many instructions of the program; 0 for no such limit.
        limits: Of the run.
        stdin: What the program reads.
        lines: Of a module by ``compile_c``: count its lines too, and look only into the program's own functions.

    Raises:
        BadInput: The module, the function or the arguments cannot be used.
        ExecutorError: The engine could not be run in the sandbox, or failed there.
        MissingExtra: wasmtime is not installed.
    """
    limits = limits or WasmLimits()
    options = {
        "limits": asdict(limits), "monitors": list(monitors), "instructions": instructions, "lines": lines,
        "stdin": base64.b64encode(stdin).decode(),
    }  # fmt: skip
    found = run_inside(
        "watch_inside", [base64.b64encode(wasm).decode(), call, list(args), options], executor=executor,
        cpu_seconds=limits.seconds + 20.0, memory_mb=limits.memory_mb * 3 + 1024,
    )  # fmt: skip
    end = found["ended"]
    ended = Ended(**{**end, "values": tuple(end["values"]), "globals": tuple(end["globals"])})
    return Watched(ended, found["reports"])
