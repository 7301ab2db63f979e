"""The candidate's side of a code test: load the program, then answer the driver until it hangs up."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from unriddle.execute.inside.harness import Job, load, report_error, send
from unriddle.execute.inside.rpc import Peer

__all__ = ["serve"]


def serve(job: Job, result_fd: int, peer_fd: int, take: Callable[[], str]) -> None:
    """The conversation, then one frame with what was printed; ``L`` with the error when the program does not load."""
    write, nonce = os.write, job["nonce"]
    try:
        names = load(job)
    except BaseException as error:
        send(write, result_fd, (nonce, "L", 0.0, b"", take(), *report_error(error)))
        return
    Peer(peer_fd, may=_anything, describe=report_error, root=names).serve()
    send(write, result_fd, (nonce, "V", 0.0, b"N", take(), "", "", 0, 0))


def _anything(operation: str, target: Any, name: str) -> bool:
    """The driver may do everything to the candidate's objects: they are its own."""
    return True
