"""What a benchmark's work asks of whoever keeps it or watches it. Not covered: keeping it (``unriddle.store``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from unriddle.candidate import Candidate
from unriddle.lm.base import Completion, Prompt
from unriddle.verdicts import Verdicts

__all__ = ["Keeper", "Progress", "Watch"]


class Keeper(Protocol):
    """Where finished work is kept, so that it is not done twice; ``unriddle.store.Run`` is one."""

    def save_candidates(self, task_id: str, candidates: Sequence[Candidate]) -> None:
        """Keep a task's programs in order."""
        ...

    def save_rows(
        self, task_id: str, candidates: Sequence[Candidate], verdicts: Verdicts, *, copies: Sequence[int] = ()
    ) -> None:
        """Keep judged rows."""
        ...

    def done_rows(self, task_id: str) -> dict[tuple[str, int], Verdicts]:
        """The rows kept, by candidate id and copy."""
        ...

    def save_calls(
        self, task_id: str, prompt: Prompt, completions: Sequence[Completion], *,
        lm: str, options: Mapping[str, Any], first_draw: int = 0,
    ) -> None:  # fmt: skip
        """Keep a prompt's draws."""
        ...

    def done_calls(self, task_id: str) -> list[Completion]:
        """The draws kept."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """For whoever watches: how much is done, of how much, and what of it was kept from before."""

    n_done: int
    n_total: int
    n_kept: int


Watch = Callable[[Progress], None]
"""Called with a fresh snapshot."""
