"""C compiled to WebAssembly by the system's clang, so that its runs can be watched.

clang reads only the program, its own headers and those of the WASI library: other files cannot be included, and time
and memory are bounded. Not covered: C++, several files, programs that need threads, signals or exceptions.
"""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import tempfile
from pathlib import Path

from unriddle.errors import BadInput, Unsupported, shorten

__all__ = ["clang", "compile_c"]

_PACKAGES = "clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32"
_SPACE = r"(?:\s|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)*"  # one way to match each comment, so that it takes linear time
_INCLUDE = re.compile(rf"(?:#|%:|\?\?=){_SPACE}(include_next|include|import|embed)\b([^\n]*)", re.DOTALL)
_HEADER = re.compile(r"<[A-Za-z0-9_]+(/[A-Za-z0-9_]+)*\.h>\s*$")
_COMMENTS = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_LITERALS = re.compile(r""" "(\\.|[^"\\\n])*" | '(\\.|[^'\\\n])*' """, re.VERBOSE)
_SECONDS, _MEMORY_MB = 20, 2048


def clang() -> str | None:
    """The path of a clang, or None."""
    return next(
        (path for name in ("clang", *(f"clang-{n}" for n in range(22, 13, -1))) if (path := shutil.which(name))), None
    )


def compile_c(source: str, *, optimise: int = 0, reactor: bool = True, what: str = "the C program") -> bytes:
    """The WebAssembly module of a C program, with its lines.

    Args:
        source: One file of C.
        optimise: 0 to 3; lines and variables are exact at 0.
        reactor: Export all functions, to be called one by one; otherwise the program's ``main`` runs (``_start``).
        what: For messages.

    Raises:
        BadInput: The program does not compile, or includes a file of its own.
        Unsupported: There is no clang that can do this.
    """
    _check_includes(source, what)
    found = clang()
    if found is None:
        raise Unsupported(
            f"compiling C to WebAssembly needs clang, which is not here; on Debian: apt install {_PACKAGES}"
        )
    kind = ["-mexec-model=reactor", "-Wl,--export-all"] if reactor else []
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "program.c").write_text(source, encoding="utf-8")
        # In two steps: only what the preprocessor made shows whether there is assembly, which could read any file.
        _clang(found, ["-E", "program.c", "-o", "program.i"], folder, what)
        text = Path(folder, "program.i").read_text(encoding="utf-8", errors="replace")
        if re.search(r"\b(__asm__|__asm|asm)\b", _LITERALS.sub('""', text)):
            raise BadInput(f"{what}: inline assembly is not taken")
        options = [f"-O{optimise}", "-g", "-Wno-everything", "-x", "cpp-output", "program.i", "-o", "program.wasm"]
        _clang(found, [*kind, *options], folder, what)
        return Path(folder, "program.wasm").read_bytes()


def _clang(found: str, options: list[str], folder: str, what: str) -> None:
    command = [found, "--target=wasm32-wasi", "-std=gnu17", "-fno-color-diagnostics", "-ferror-limit=3", *options]
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, timeout=_SECONDS * 2, check=False, stdin=subprocess.DEVNULL,
            preexec_fn=_limit, env={**os.environ, "TMPDIR": folder},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BadInput(f"{what}: clang did not end within {_SECONDS * 2} s") from error
    if done.returncode == 0 and Path(folder, options[-1]).exists():
        return
    errors = done.stderr.decode("utf-8", "replace")
    if "out of memory" in errors or done.returncode < 0:
        raise BadInput(f"{what}: clang needs more than {_SECONDS} CPU seconds or {_MEMORY_MB} MiB for it")
    missing = "libclang_rt" in errors or "'stdio.h' file not found" in errors or "No available targets" in errors
    if missing or ("wasm-ld" in errors and "undefined symbol" not in errors):
        raise Unsupported(
            f"clang cannot link WebAssembly here ({errors.strip()[:200]}); on Debian: apt install {_PACKAGES}"
        )
    raise BadInput(f"{what} does not compile: {errors.strip()[:1500]}")


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_MB << 20,) * 2)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20,) * 2)


def _check_includes(source: str, what: str) -> None:
    """Refuse to read files other than the library's headers into the program or into messages."""
    text = re.sub(r"(\\|\?\?/)[ \t]*\r?\n", "", source)
    for found in _INCLUDE.finditer(text):  # in comments too: what is one depends on strings
        if found[1] != "include" or not _HEADER.match(_COMMENTS.sub(" ", found[2]).strip()):
            raise BadInput(f"{what}: only headers of the library may be included, as <name.h>; got {shorten(found[0])}")
    if re.search(r"\b__has_(include\w*|embed)\b", text):
        raise BadInput(f"{what}: tests for header files (__has_include) are not taken")
