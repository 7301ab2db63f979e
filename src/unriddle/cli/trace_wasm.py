"""``unriddle trace`` for WebAssembly modules and C programs: what monitors count in one call, in the sandbox."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import click

from unriddle.errors import BadInput

__all__ = ["SUFFIXES", "trace_wasm"]

SUFFIXES = (".wasm", ".wat", ".c")
"""Files that are watched as WebAssembly."""


def trace_wasm(
    file: Path, call: str, *, monitors: str, stdin: Path | None, as_json: bool, most: int, limits: tuple[float, int],
    isolation: str | None,
) -> int:  # fmt: skip
    """Watch one call, print, and give the exit code.

    Args:
        file: A module, its text, or a C program.
        call: ``name(3, 4.5)``; empty for the program's ``main``.
        monitors: Names with commas between.
        stdin: A file that the program reads.
        as_json: Print one document.
        most: Rows to print of each report.
        limits: CPU seconds and MiB.
        isolation: The sandbox's level, or None for the default.

    Raises:
        BadInput: The file, the call or a monitor cannot be used.
    """
    from unriddle.execute import open_executor
    from unriddle.execute.trace.wasm import PACKAGES, WasmLimits, watch
    from unriddle.execute.trace.wasm.text import watched_document, watched_text

    names = [name.strip() for name in monitors.split(",") if name.strip()]
    name, args = _call(call) if call else ("_start", [])
    data = _bytes(file)
    level: dict[str, Any] = {} if isolation is None else {"isolation": isolation}
    source, wasm = _module(file, data, reactor=bool(call), level=level)
    bounds = WasmLimits(seconds=limits[0], memory_mb=min(limits[1], 4096))
    given = _bytes(stdin) if stdin is not None else b""
    with open_executor(workers=1, packages=PACKAGES, **level) as executor:
        found = watch(wasm, name, args, executor=executor, monitors=names, limits=bounds, stdin=given)
    click.echo(json.dumps(watched_document(found)) if as_json else watched_text(found, source=source, most=most))
    return 0 if found.ended.how in ("returned", "exited", "trapped") else 1


def _module(file: Path, data: bytes, *, reactor: bool, level: dict[str, Any]) -> tuple[str, bytes]:
    from unriddle.execute.trace.wasm import compile_c, text_to_wasm

    if file.suffix == ".wasm":
        return "", data
    try:
        source = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: expected UTF-8 text, got other bytes at position {error.start}") from error
    if file.suffix == ".wat":
        return "", text_to_wasm(source)
    return source, compile_c(source, reactor=reactor, what=str(file), **level)


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror}); give the path of a file") from error


def _call(text: str) -> tuple[str, list[int | float]]:
    wanted = f"{text!r}: expected a call with numbers, such as 'f(3, 4.5)'"
    try:
        node = ast.parse(text, mode="eval").body
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)) or node.keywords:
            raise BadInput(wanted)
        args = [ast.literal_eval(one) for one in node.args]
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise BadInput(wanted) from error
    if any(type(one) not in (int, float) for one in args):
        raise BadInput(wanted)
    return node.func.id, args
