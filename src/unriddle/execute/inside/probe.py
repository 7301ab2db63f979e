"""One attempt at each mechanism of the sandbox, each in a process of its own; ``unriddle doctor`` runs it.

Run in a fresh interpreter, because a program with threads should not fork. Not covered: whether everything works
together; running a candidate at the level shows that.
"""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Callable

from unriddle.execute.inside import bpf, landlock, namespaces, seccomp

__all__ = ["MECHANISMS", "main"]


def _user_namespace() -> None:
    namespaces.open_spaces(0, directly=False)


def _space(name: str) -> Callable[[], None]:
    def attempt() -> None:
        namespaces.open_spaces(namespaces.SPACES[name])

    return attempt


def _private_root() -> None:
    namespaces.open_spaces(namespaces.SPACES["mount"])
    folder = next(path for path in ("/lib", "/usr/lib", "/") if os.path.isdir(path))
    namespaces.private_root([folder], [], 1)


def _filter() -> None:
    if not seccomp.supported():
        raise OSError(f"seccomp: there is no filter for {os.uname().machine}")
    seccomp.load(bpf.ret(bpf.ALLOW))


def _landlock() -> None:
    if not landlock.supported():
        raise OSError(f"landlock: {landlock.why_not()}")


def _rlimits() -> None:
    for name in (resource.RLIMIT_AS, resource.RLIMIT_NPROC, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU):
        resource.setrlimit(name, resource.getrlimit(name))


MECHANISMS: dict[str, Callable[[], None]] = {
    "user namespace": _user_namespace,
    **{f"{name} namespace": _space(name) for name in namespaces.SPACES},
    "private root": _private_root,
    "seccomp filter": _filter,
    "Landlock": _landlock,
    "rlimits": _rlimits,
}
"""What is tried, by name."""


def main() -> None:
    """Print one JSON document: by mechanism an empty string, or the kernel's reason."""
    print(json.dumps({name: _attempt(step) for name, step in MECHANISMS.items()}))


def _attempt(step: Callable[[], None]) -> str:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            step()
            code = 0
        except OSError as error:
            os.write(write, str(error).encode())
        finally:
            os._exit(code)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        reason = answer.read().decode(errors="replace")
    _, status = os.waitpid(child, 0)
    return reason or (f"the attempt ended with wait status {status}" if status else "")
