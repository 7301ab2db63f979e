"""The candidate's side of a code test: load the program, then answer the driver until it hangs up."""

from __future__ import annotations

from typing import Any

from unriddle.execute.inside.harness import Capture, Job, load, report_error, send
from unriddle.execute.inside.rpc import Peer

__all__ = ["serve"]


def serve(job: Job, peer_fd: int, capture: Capture) -> None:
    """The conversation, then one frame with what was printed; ``L`` with the error when the program does not load."""
    ((source, nonce),) = job["programs"]
    try:
        names = load(source)
    except BaseException as error:
        send(nonce, b"L", stdout=capture.take(), error=report_error(error))
        return
    Peer(peer_fd, may=_anything, describe=report_error, root=names).serve()
    send(nonce, b"V", value=b"N", stdout=capture.take())


def _anything(operation: str, target: Any, name: str) -> bool:
    """The driver may do everything to the candidate's objects: they are its own."""
    return True
