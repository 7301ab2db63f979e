"""What of this machine's files a sandbox shows: the standard library, shared libraries, and the packages asked for.

Folders of installed packages are covered, whatever path leads to them: they hold more than candidates may import, among
it the answers of benchmarks. The packages asked for are laid over the cover. Not covered: the scratch folder.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from unriddle.errors import BadInput

__all__ = ["Visible", "visible", "visible_to_tool"]

_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/usr/share/zoneinfo")
_PROGRAMS = ("/bin", "/usr/bin", "/usr/include")
_BESIDE = ("bin", "include", "lib", "lib64", "libexec", "share")
_PACKAGE_DIRS = ("site-packages", "dist-packages")


@dataclass(frozen=True, slots=True)
class Visible:
    """Paths for a zygote.

    Attributes:
        readable: Files and folders that are shown, read-only.
        hidden: Folders that are covered by an empty one; readable paths below them are shown all the same.
        folders: What to put on ``sys.path`` for the packages.
    """

    readable: list[str]
    hidden: list[str]
    folders: list[str]


def visible(packages: Sequence[str]) -> Visible:
    """What is shown to candidates that may import these packages.

    Raises:
        BadInput: A package is not installed.
    """
    found = [_package(name) for name in packages]
    stdlib = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib", vars={"platbase": sys.base_exec_prefix})}
    roots = [path for path in (*stdlib, *_LIBRARIES) if os.path.exists(path)]
    hidden = sorted(set(_covers(roots)))
    return Visible(
        readable=_outermost([*roots, *(path for paths, _ in found for path in paths)], hidden),
        hidden=hidden,
        folders=list(dict.fromkeys(folder for _, folder in found)),
    )


def visible_to_tool(tool: str) -> Visible:
    """What is shown to a tool: libraries, the system's programs and headers, and what is installed beside it."""
    program = Path(os.path.realpath(tool))
    beside = [str(program.parents[1] / name) for name in _BESIDE]
    paths = [path for path in (*_LIBRARIES, *_PROGRAMS, *beside) if os.path.exists(path)]
    hidden = sorted(set(_covers(paths)))
    return Visible(readable=_outermost([*paths, tool, str(program)], hidden), hidden=hidden, folders=[])


def _covers(roots: Sequence[str]) -> Iterator[str]:
    """The folders of packages below the roots, by every path that leads there (``/lib`` may be ``/usr/lib``)."""
    places = [
        os.path.realpath(folder)
        for root in roots
        for name in _PACKAGE_DIRS
        for pattern in (name, f"python3*/{name}")
        for folder in Path(root).glob(pattern)
        if folder.is_dir()
    ]
    for root in roots:
        real = os.path.realpath(root)
        yield from (root + place[len(real) :] for place in places if place.startswith(real + "/"))


def _package(name: str) -> tuple[list[str], str]:
    """Where the package lies (its bundled libraries included), and the folder to put on ``sys.path``."""
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise BadInput(
            f"package {name!r} is not installed here, so candidates cannot import it; install it or "
            "leave it out of packages="
        )
    module = Path(spec.origin)
    package = module if spec.submodule_search_locations is None else module.parent
    return [str(package), *map(str, package.parent.glob(f"{name}.libs"))], str(package.parent)


def _outermost(paths: Sequence[str], hidden: Sequence[str]) -> list[str]:
    """The paths without those that another one shows; what lies below a cover is not shown by what lies above it."""
    kept: list[str] = []
    for path in sorted({os.path.normpath(p) for p in paths}, key=lambda path: (len(path), path)):
        covers = [cover for cover in hidden if path.startswith(cover + "/")]
        shown = (
            other
            for other in kept
            if path.startswith(other + "/") and not any(cover.startswith(other + "/") for cover in covers)
        )
        if next(shown, None) is None:
            kept.append(path)
    return kept
