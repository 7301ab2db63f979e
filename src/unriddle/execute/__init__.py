"""How programs run: sandbox, zygote, driver/candidate split, limits, compare."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from unriddle.execute.python import PythonExecutor

__all__ = ["open_executor"]


def open_executor(
    *, workers: int | None = None, isolation: str = "namespaces+seccomp", packages: Sequence[str] = ("numpy",)
) -> PythonExecutor:
    """The executor for Python candidates; use it in a ``with`` block.

    Args:
        workers: Candidates run at the same time; ``None`` means one per core.
        isolation: A level of ``unriddle.execute.isolation.LEVELS`` or its first word.
        packages: Third-party packages that candidates may import, where installed.

    Raises:
        BadInput: There is no such level, or it isolates nothing (``in-process`` is for trusted code only).
        IsolationError: The level cannot be had on this machine (when the block is entered).
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
    return PythonExecutor(workers=workers, isolation=level, packages=packages)
