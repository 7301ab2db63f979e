"""C compiled to WebAssembly by the system's clang, so that its runs can be watched.

clang runs in a sandbox: it sees the program, the system's libraries and headers, and nothing else of this machine, and
time and memory are bounded. Not covered: C++, several files, programs that need threads, signals or exceptions.
"""

from __future__ import annotations

import shutil

from unriddle.errors import BadInput, Unsupported
from unriddle.execute.isolation import level_named
from unriddle.execute.tool import run_tool

__all__ = ["clang", "compile_c"]

_PACKAGES = "clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32"
_SECONDS, _MEMORY_MB = 20, 2048


def clang() -> str | None:
    """The path of a clang, or None."""
    return next(
        (path for name in ("clang", *(f"clang-{n}" for n in range(22, 13, -1))) if (path := shutil.which(name))), None
    )


def compile_c(
    source: str,
    *,
    optimise: int = 0,
    reactor: bool = True,
    what: str = "the C program",
    isolation: str = "namespaces+seccomp",
) -> bytes:
    """The WebAssembly module of a C program, with its lines.

    Args:
        source: One file of C.
        optimise: 0 to 3; lines and variables are exact at 0.
        reactor: Export all functions, to be called one by one; otherwise the program's ``main`` runs (``_start``).
        what: For messages.
        isolation: Level of clang's sandbox, or its first word.

    Raises:
        BadInput: The program does not compile, or there is no such level.
        Unsupported: There is no clang that can do this.
        IsolationError: The sandbox could not be entered.
    """
    found = clang()
    if found is None:
        raise Unsupported(
            f"compiling C to WebAssembly needs clang, which is not here; on Debian: apt install {_PACKAGES}"
        )
    kind = ["-mexec-model=reactor", "-Wl,--export-all"] if reactor else []
    options = ["--target=wasm32-wasi", "-std=gnu17", "-fno-color-diagnostics", "-ferror-limit=3", f"-O{optimise}", "-g"]
    command = [found, *options, *kind, "-Wno-everything", "program.c", "-o", "program.wasm"]
    done = run_tool(
        command, files={"program.c": source.encode()}, collect="program.wasm", cpu_seconds=_SECONDS,
        memory_mb=_MEMORY_MB, isolation=level_named(isolation),
    )  # fmt: skip
    if done.code == 0 and done.made is not None:
        return done.made
    raise _failure(done.code, done.messages, what)


def _failure(code: int | None, errors: str, what: str) -> Exception:
    """What a failed compilation means for its user."""
    if code is None:
        return BadInput(f"{what}: clang did not end in time ({_SECONDS} CPU seconds)")
    if "out of memory" in errors or code < 0:
        return BadInput(f"{what}: clang needs more than {_SECONDS} CPU seconds or {_MEMORY_MB} MiB for it")
    missing = "libclang_rt" in errors or "'stdio.h' file not found" in errors or "No available targets" in errors
    if missing or ("wasm-ld" in errors and "undefined symbol" not in errors):
        return Unsupported(
            f"clang cannot link WebAssembly here ({errors.strip()[:200]}); on Debian: apt install {_PACKAGES}"
        )
    return BadInput(f"{what} does not compile: {errors.strip()[:1500]}")
