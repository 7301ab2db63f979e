"""The machine in the sandbox that candidates run in: what it is made of is sent along, and one answer comes back.

Nothing of this package has to be installed there, only wasmtime. Not covered: what is done with the machine inside
(``watch`` runs monitors; methods bring programs of their own).
"""

from __future__ import annotations

import marshal
import sys
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from typing import Any

from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, ExecutorError, MissingExtra
from unriddle.execute.trace.text import printable
from unriddle.outcome import Limits
from unriddle.problem import CallTest

__all__ = ["PACKAGES", "run_inside"]

PACKAGES = ("wasmtime", "elftools")
"""What an executor must show (``open_executor(packages=PACKAGES)``)."""

_MODULES = (
    "leb", "instructions", "binary", "stacks", "places", "body", "instrument", "limits", "probes", "arguments", "plan",
    "wasi", "engine", "machine", "monitors", "lines", "variables", "inside",
)  # fmt: skip

_BOOT = """
def inside(name, given):
    import marshal, sys, types
    if sys.implementation.cache_tag != _TAG:
        raise ImportError(f"the machine was compiled for {_TAG}, and this is {sys.implementation.cache_tag}")
    for _name, _code in _PARTS:
        _module = types.ModuleType(_name)
        sys.modules[_name] = _module
        exec(marshal.loads(_code), _module.__dict__)
    return getattr(_module, name)(*given)
"""


def run_inside(
    function: str,
    given: Sequence[Any],
    *,
    executor: Executor,
    cpu_seconds: float,
    memory_mb: int,
    more: tuple[str, ...] = (),
) -> dict[str, Any]:
    """What a function answers in the sandbox, where the modules of ``machine`` can be imported.

    Args:
        function: Of ``unriddle.execute.trace.wasm.inside``, or of the last one of ``more``.
        given: Its arguments, plain data.
        executor: Where it runs; it must show ``PACKAGES``.
        cpu_seconds: Its limit.
        memory_mb: Its limit.
        more: Further modules of this package to send along, each after those it imports.

    Raises:
        BadInput: The answer is ``refused``, with its reason; or the executor does not show the engine.
        ExecutorError: The engine could not be run in the sandbox, or failed there.
        MissingExtra: wasmtime is not installed.
    """
    if find_spec("wasmtime") is None or find_spec("elftools") is None:
        raise MissingExtra("watching WebAssembly modules", "unriddle[wasm]")
    test = CallTest("inside", (function, list(given)), isolated=True)
    wide = Limits(cpu_seconds=cpu_seconds, memory_mb=memory_mb, value_bytes=1 << 26)
    outcome = executor.run([Candidate(_program(more))], [test], limits=wide)[0, 0]
    found = outcome.result
    if "MissingExtra" in outcome.error:
        raise BadInput("watch: the executor does not show the engine; open it with open_executor(packages=PACKAGES)")
    if not isinstance(found, dict):
        raise ExecutorError(f"the module could not be watched: {outcome.status.name} {outcome.error}".strip())
    if "refused" in found:
        raise BadInput(printable(str(found["refused"])))
    return found


@cache
def _program(more: tuple[str, ...]) -> str:
    names = ["unriddle.errors", *(f"unriddle.execute.trace.wasm.{name}" for name in _MODULES), *more]
    return f"_TAG = {sys.implementation.cache_tag!r}\n_PARTS = {[_part(name) for name in names]!r}\n{_BOOT}"


def _part(name: str) -> tuple[str, bytes]:
    package, _, stem = name.rpartition(".")
    text = files(package).joinpath(f"{stem}.py").read_text(encoding="utf-8")
    return name, marshal.dumps(compile(text, name, "exec", dont_inherit=True))
