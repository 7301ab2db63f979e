"""A language model that gives recorded programs, so that a repair loop can be held against a recorded one.

Not covered: recorded answers to questions; there are none in the recordings.
"""

from __future__ import annotations

from collections.abc import Sequence

from unriddle.lm.base import Completion, Prompt, SampleOptions

__all__ = ["RecordedPrograms"]

_REQUEST = "Answer with the whole corrected program"


class RecordedPrograms:
    """A language model that gives the recorded programs one after the other, and nothing in answer to questions.

    Args:
        programs: Their sources, in the order of the recording.
    """

    name = "recorded"

    def __init__(self, programs: Sequence[str]) -> None:
        self._programs = iter(programs)

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """The next program for a request, an empty verdict for a question."""
        return [[Completion(self._answer(prompt)) for _ in range(n)] for prompt in prompts]

    def _answer(self, prompt: Prompt) -> str:
        last = prompt if isinstance(prompt, str) else prompt[-1].content
        if _REQUEST not in last:
            return "(the verdicts were not recorded)"
        return f"````python\n{next(self._programs).rstrip()}\n````"
