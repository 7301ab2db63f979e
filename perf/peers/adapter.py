"""What every adapter shares: its job from stdin, its answer into a file that is named only after the check began.

The answer leaves through a file opened after the check, so that a hostile program that writes to every open descriptor
forges nothing here: whatever it gains, it gains from the checker under test.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["answer"]


def answer(check: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    """Run ``check`` on the job from stdin, leave its answer, then stay alive until process 1 has looked around."""
    job = json.loads(sys.stdin.read())
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)  # or the program under test could read the job there once more
    path = Path(job.pop("verdict"))
    found = check(job)
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(found))
    os.rename(draft, path)
    time.sleep(60)
