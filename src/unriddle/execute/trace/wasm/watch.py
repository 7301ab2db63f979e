"""``watch``: a module of unknown origin, watched in the sandbox that candidates run in.

The engine, the monitors and the module run in a process without network, files or this user's rights, with limits on
CPU time and memory, so that even a fault of the engine does no harm. Not covered: probes of your own (see ``Machine``).
"""

from __future__ import annotations

import base64
import marshal
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, ExecutorError, MissingExtra
from unriddle.execute.trace.text import printable
from unriddle.execute.trace.wasm.limits import Ended, WasmLimits
from unriddle.outcome import Limits
from unriddle.problem import CallTest

__all__ = ["PACKAGES", "Watched", "watch"]

PACKAGES = ("wasmtime", "elftools")
"""What an executor must show (``open_executor(packages=PACKAGES)``)."""

_MODULES = (
    "leb", "instructions", "binary", "stacks", "places", "body", "instrument", "limits", "probes", "arguments", "plan",
    "wasi", "engine", "machine", "monitors", "lines", "variables", "inside",
)  # fmt: skip

_BOOT = """
def watch(*given):
    import marshal, sys, types
    if sys.implementation.cache_tag != _TAG:
        raise ImportError(f"the machine was compiled for {_TAG}, and this is {sys.implementation.cache_tag}")
    for _name, _code in _PARTS:
        _module = types.ModuleType(_name)
        sys.modules[_name] = _module
        exec(marshal.loads(_code), _module.__dict__)
    return _module.watch_inside(*given)
"""


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
    if find_spec("wasmtime") is None or find_spec("elftools") is None:
        raise MissingExtra("watching WebAssembly modules", "unriddle[wasm]")
    limits = limits or WasmLimits()
    options = {
        "limits": asdict(limits), "monitors": list(monitors), "instructions": instructions, "lines": lines,
        "stdin": base64.b64encode(stdin).decode(),
    }  # fmt: skip
    test = CallTest("watch", (base64.b64encode(wasm).decode(), call, list(args), options), isolated=True)
    wide = Limits(cpu_seconds=limits.seconds + 20.0, memory_mb=limits.memory_mb * 3 + 1024, value_bytes=1 << 26)
    outcome = executor.run([Candidate(_program())], [test], limits=wide)[0, 0]
    found = outcome.result
    if "MissingExtra" in outcome.error:
        raise BadInput("watch: the executor does not show the engine; open it with open_executor(packages=PACKAGES)")
    if not isinstance(found, dict):
        raise ExecutorError(f"the module could not be watched: {outcome.status.name} {outcome.error}".strip())
    if "refused" in found:
        raise BadInput(printable(str(found["refused"])))
    end = found["ended"]
    ended = Ended(**{**end, "values": tuple(end["values"]), "globals": tuple(end["globals"])})
    return Watched(ended, found["reports"])


@cache
def _program() -> str:
    parts = [_part("unriddle.errors", files("unriddle").joinpath("errors.py").read_text(encoding="utf-8"))]
    for name in _MODULES:
        full = f"unriddle.execute.trace.wasm.{name}"
        parts.append(
            _part(full, files("unriddle.execute.trace.wasm").joinpath(f"{name}.py").read_text(encoding="utf-8"))
        )
    return f"_TAG = {sys.implementation.cache_tag!r}\n_PARTS = {parts!r}\n{_BOOT}"


def _part(name: str, text: str) -> tuple[str, bytes]:
    return name, marshal.dumps(compile(text, name, "exec", dont_inherit=True))
