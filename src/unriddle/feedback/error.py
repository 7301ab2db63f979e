"""Feedback that names the exception: its message, the line it came from, and the code around that line."""

from __future__ import annotations

import numpy as np

from unriddle.candidate import Candidate
from unriddle.outcome import Status
from unriddle.verdicts import Verdicts

__all__ = ["error", "excerpt"]


def error(candidate: Candidate, verdicts: Verdicts) -> str:
    """What went wrong in the first test that raised or did not end; empty where none did.

    Args:
        candidate: The program.
        verdicts: Its row ``(1, m)``.

    >>> v = Verdicts.empty(["t"])
    >>> error(Candidate("x = 1"), v)
    ''
    """
    if not verdicts.shape[0]:
        return ""
    wrong = ~np.isin(verdicts.status[0], (Status.PASS, Status.FAIL, Status.SKIPPED, Status.INFRA))
    if not wrong.any():
        return ""
    j = int(np.flatnonzero(wrong)[0])
    cell = verdicts[0, j]
    message = cell.error or cell.status.name.lower()
    shown = f"\n{excerpt(candidate.source, cell.line)}" if cell.line else ""
    where = f" in line {cell.line}" if cell.line else ""
    return f"{verdicts.tests[j]}: {message}{where}{shown}"


def excerpt(source: str, line: int, *, around: int = 2) -> str:
    """The lines around one, numbered, with a mark before it; no newline at the end.

    >>> print(excerpt("a = 1\\nb = 2\\nc = 3", 2, around=1))
      1  a = 1
    > 2  b = 2
      3  c = 3
    """
    lines = source.splitlines()
    first, last = max(1, line - around), min(len(lines), line + around)
    width = len(str(last))
    return "\n".join(
        f"{'>' if n == line else ' '} {n:>{width}}  {lines[n - 1]}".rstrip() for n in range(first, last + 1)
    )
