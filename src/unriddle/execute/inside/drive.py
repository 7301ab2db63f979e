"""The driver's side of a code test: run the test code with the candidate as a remote proxy, report how it ended.

The driver shares no memory with the candidate. It passes when the test code runs to its end. Frames are those of
``child``: kind ``P`` passed, ``A`` an assertion of the test failed, ``X`` the candidate raised, ``E`` the test code
raised by itself (usually because a value had the wrong type), ``G`` the candidate is gone.
"""

from __future__ import annotations

import builtins
import sys
import types
from typing import Any

from unriddle.execute.inside.harness import Capture, Job, report_error, send
from unriddle.execute.inside.rpc import Gone, Peer, Remote, trust

__all__ = ["drive"]

_TEST = "test.py"


def drive(job: Job, peer_fd: int, capture: Capture) -> None:
    """Run the test program (prelude and test code) and send the one frame that decides."""
    ((source, nonce),) = job["programs"]
    peer = Peer(peer_fd, may=_only_test_objects, describe=report_error, root={})
    kind, report = b"P", ("", "", 0, 0)
    try:
        _run(source, job, peer)
    except Gone:
        kind = b"G"
    except BaseException as error:
        origin = getattr(error, "from_candidate", None)
        if origin is not None:
            kind, report = b"X", origin
        else:
            kind = b"A" if isinstance(error, AssertionError) else b"E"
            report = _where(error)
    send(nonce, kind, stdout=capture.take(), error=report)


def _run(source: str, job: Job, peer: Peer) -> None:
    module = types.ModuleType("test")
    sys.modules["test"] = module
    names = module.__dict__
    if job["prelude"]:
        exec(compile(job["prelude"], "prelude.py", "exec", dont_inherit=True), names)
    code = compile(source, _TEST, "exec", dont_inherit=True)
    entry = job["entry"]
    if entry:
        candidate = _named(peer, entry, job["classes"])
        names["candidate"] = names[entry] = candidate
    for name in sorted(_globals_read(code) - set(names) - set(vars(builtins))):
        if peer.request("find", name):
            names[name] = _named(peer, name, job["classes"])
    exec(code, names)


def _named(peer: Peer, name: str, classes: tuple[str, ...]) -> Any:
    if not peer.request("find", name):
        error = NameError(f"the program defines no {name!r}")
        error.from_candidate = ("NameError", str(error), 0, 0)  # type: ignore[attr-defined]
        raise error
    remote = peer.request("root", name)
    if name in classes and type(remote) is Remote:
        trust(remote)
    return remote


def _globals_read(code: types.CodeType) -> set[str]:
    """Every name that the code or a function in it may look up globally."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _globals_read(constant)
    return names


def _only_test_objects(operation: str, target: Any, name: str) -> bool:
    """The candidate may call functions it was handed and use instances of the test's own classes, by public names.

    Frames, globals and code objects stay out of reach: they would show the expected values.
    """
    own = getattr(type(target), "__module__", "") == "test"
    if operation in ("getattr", "setattr"):
        return own and not name.startswith("_")
    if operation == "call":
        return callable(target)
    return own or isinstance(target, types.GeneratorType | map | filter | zip)


def _where(error: BaseException) -> tuple[str, str, int, int]:
    """The exception, with the text of the failing test line put before an empty message."""
    name, message, _, number = report_error(error)
    line, entry = 0, error.__traceback__
    while entry is not None:
        if entry.tb_frame.f_code.co_filename == _TEST:
            line = entry.tb_lineno
        entry = entry.tb_next
    return name, message or f"line {line} of the test", 0, number
