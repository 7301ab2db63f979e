"""Feedback in words: a language model says what the program does and where it goes wrong.

It is shown the program and the shortest failing tests (or what other feedback says). What it answers may be wrong and
is never a verdict. Not covered: repair from the explanation (``unriddle.propose.lm_repair``).
"""

from __future__ import annotations

from unriddle.candidate import Candidate
from unriddle.contracts import Feedback
from unriddle.feedback.counterexample import counterexample
from unriddle.lm.base import LM, Message, SampleOptions
from unriddle.problem import Test
from unriddle.verdicts import Verdicts

__all__ = ["explanation"]

_ASK = (
    "This program is wrong.\n```python\n{source}\n```\n{shown}\n"
    "Say in at most three sentences what it does on this input and which line makes the result wrong. Write no code."
)


def explanation(
    lm: LM,
    tests: tuple[Test, ...],
    *,
    first: Feedback | None = None,
    options: SampleOptions | None = None,
    most_text: int = 1000,
) -> Feedback:
    """A ``Feedback`` with the model's explanation; empty, and the model not asked, where nothing fails.

    Args:
        lm: Explains.
        tests: The tests of the columns, ``(m,)``.
        first: What the model is shown beside the program; the shortest failing test when ``None``.
        options: How it is sampled; greedy, at most 160 tokens, when ``None``.
        most_text: Characters of the explanation that are kept.
    """
    shown = counterexample(tests) if first is None else first
    how = SampleOptions(temperature=0, max_tokens=160) if options is None else options

    def text(candidate: Candidate, verdicts: Verdicts) -> str:
        facts = shown(candidate, verdicts)
        if not facts:
            return ""
        prompt = (Message("user", _ASK.format(source=candidate.source.strip(), shown=facts)),)
        ((answer,),) = lm.sample([prompt], options=how)
        return f"{facts}\n{answer.text.strip()[:most_text]}"

    return text
