"""How programs run: sandbox, zygote, driver/candidate split, limits, compare, and the same on a Ray cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unriddle.contracts import Executor

__all__ = ["open_executor"]


def open_executor(
    *,
    workers: int | None = None,
    isolation: str = "namespaces+seccomp",
    packages: Sequence[str] = ("numpy",),
    cluster: str | None = None,
    share: int = 1,
) -> Executor:
    """The executor for Python candidates; use it in a ``with`` block.

    Args:
        workers: Candidates run at the same time; ``None`` means one per core, and on a cluster one per CPU of it.
        isolation: A level of ``unriddle.execute.isolation.LEVELS`` or its first word.
        packages: Third-party packages that candidates may import, where installed.
        cluster: Run on this Ray cluster instead of this machine: ``auto``, ``local``, ``HOST:PORT`` or
            ``ray://HOST:PORT`` (see ``unriddle.execute.cluster``).
        share: Programs that may share a process in a first tier, which only rejects (see ``unriddle.execute.share``);
            1 means that every program runs alone.

    Raises:
        BadInput: There is no such level, or it isolates nothing (``in-process`` is for trusted code only).
        IsolationError: The level cannot be had on this machine, or on a node (when the block is entered).
        MissingExtra: A cluster without Ray (when the block is entered).
    """
    from unriddle.errors import BadInput
    from unriddle.execute.isolation import level_named
    from unriddle.execute.python import PythonExecutor

    level = level_named(isolation)
    if level == "in-process":
        raise BadInput(
            "isolation 'in-process' isolates nothing; for code you trust use "
            "unriddle.execute.inprocess.InProcessExecutor directly"
        )
    if cluster is not None:
        from unriddle.execute.cluster import ClusterExecutor

        return ClusterExecutor(cluster, workers=workers, isolation=level, packages=packages, share=share)
    return PythonExecutor(workers=workers, isolation=level, packages=packages, share=share)
