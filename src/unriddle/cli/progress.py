"""Progress of a benchmark's work on stderr: a live line, or a plain one now and then.

Not covered: progress of a search (``unriddle.cli.view``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from unriddle.cli.view import say

if TYPE_CHECKING:
    from unriddle.benchmarks.keep import Progress

__all__ = ["progress"]

_QUIET_SECONDS = 30.0


@contextmanager
def progress(what: str, unit: str) -> Iterator[Callable[[Progress], None]]:
    """A live line on stderr with rate and time left; where stderr is no terminal, a plain line now and then."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        yield _plain_progress(what, unit)
        return

    class Rate(ProgressColumn):
        def render(self, task: Any) -> Text:
            return Text(f"{task.speed:.1f} {unit}/s" if task.speed else f"- {unit}/s")

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), Rate(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        number = bar.add_task(what, total=None)
        yield lambda progress: bar.update(number, completed=progress.n_done, total=progress.n_total)


def _plain_progress(what: str, unit: str) -> Callable[[Progress], None]:
    """Says where the work stands when it begins, and then at most every ``_QUIET_SECONDS``."""
    said = -_QUIET_SECONDS

    def watch(progress: Progress) -> None:
        nonlocal said
        if time.monotonic() - said < _QUIET_SECONDS:
            return
        said = time.monotonic()
        kept = f" ({progress.n_kept} kept from before)" if progress.n_kept else ""
        say(f"{what}: {progress.n_done} of {progress.n_total} {unit}{kept}")

    return watch
