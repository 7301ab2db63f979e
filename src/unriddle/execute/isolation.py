"""Isolation levels: what each needs, which one this machine has, and what a sandbox may see.

``namespaces+seccomp`` is the full sandbox. ``rlimits only`` (with the seccomp filter and Landlock where there are any)
leaves your files readable and the pid space shared; it runs untrusted code only when asked for by name.
``in-process`` has no isolation at all and is for trusted code. Not covered: containers and virtual machines around us.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from unriddle.errors import BadInput, IsolationError
from unriddle.execute.inside import seccomp

__all__ = ["LEVELS", "Level", "installed", "level_named", "zygote_config"]

Level = Literal["namespaces+seccomp", "rlimits only", "in-process"]
LEVELS: tuple[Level, ...] = ("namespaces+seccomp", "rlimits only", "in-process")

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/zoneinfo")
_PRELOAD = (
    *("typing", "math", "re", "collections", "itertools", "functools", "heapq", "bisect", "string", "random", "copy"),
    *("operator", "datetime", "decimal", "fractions", "dataclasses"),
)
_OWN = ("unriddle.language.encode", "unriddle.language.decode")
"""Parts of ours that are imported late, when nothing of ours can be imported any more."""


def level_named(name: str) -> Level:
    """The level of a name or its first word.

    Raises:
        BadInput: There is no such level.

    >>> level_named("rlimits")
    'rlimits only'
    """
    for level in LEVELS:
        if name in (level, level.split()[0], level.split("+")[0]):
            return level
    raise BadInput(f"isolation level {name!r} does not exist; expected one of {', '.join(LEVELS)}")


def installed(packages: Sequence[str]) -> tuple[str, ...]:
    """Those of the packages that this interpreter can import."""
    return tuple(name for name in packages if importlib.util.find_spec(name) is not None)


def zygote_config(level: Level, *, packages: Sequence[str], scratch_mb: int, scratch: str) -> dict[str, Any]:
    """What a zygote of this level must know; the keys are read by ``inside/zygote.py``.

    Args:
        level: Isolation level.
        packages: Third-party packages that candidates may import; they are loaded before the sandbox closes.
        scratch_mb: Size of the scratch folder in MiB.
        scratch: Scratch folder on the host, for the level without namespaces.

    Raises:
        IsolationError: The level cannot be had on this architecture.
    """
    if level == "namespaces+seccomp" and not seccomp.supported():
        raise IsolationError(
            f"there is no system call filter for {platform.machine()}, so the level {level!r} cannot be had here; run "
            "on x86-64, or ask for --isolation rlimits by name"
        )
    paths, folders = _package_paths(packages)
    stdlib = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    readable = _outermost([p for p in (*stdlib, *_LIBRARIES, *paths) if os.path.exists(p)])
    hidden = [f"{base}/{name}" for base in (*stdlib, "/usr/lib/python3", *_system_pythons()) for name in _PACKAGE_DIRS]
    return {
        "preload": [*_PRELOAD, *_OWN, *packages],
        "path": folders,
        "readable": readable,
        "hidden": [path for path in hidden if path not in folders],
        "namespaces": level == "namespaces+seccomp",
        "seccomp": seccomp.supported(),
        "scratch": scratch,
        "scratch_mb": scratch_mb,
    }


_PACKAGE_DIRS = ("site-packages", "dist-packages")


def _system_pythons() -> list[str]:
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    return [f"/usr/lib/{version}", f"/usr/local/lib/{version}", f"/usr/lib64/{version}"]


def _package_paths(packages: Sequence[str]) -> tuple[list[str], list[str]]:
    """Folders of the packages (their bundled libraries included), and the folders to put on ``sys.path``."""
    paths, folders = [], []
    for name in packages:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise BadInput(
                f"package {name!r} is not installed here, so candidates cannot import it; install it or "
                "leave it out of packages="
            )
        package = Path(spec.origin).parent
        paths += [str(package), *map(str, package.parent.glob(f"{name}.libs"))]
        folders.append(str(package.parent))
    return paths, list(dict.fromkeys(folders))


def _outermost(paths: Sequence[str]) -> list[str]:
    """The paths without those that lie below another one."""
    kept: list[str] = []
    for path in sorted({os.path.normpath(p) for p in paths}, key=len):
        if not any(path.startswith(other + "/") for other in kept):
            kept.append(path)
    return kept
