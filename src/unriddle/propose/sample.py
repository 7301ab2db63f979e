"""Sample: propose by drawing independent completions from a language model.

Not covered: learning from verdicts (``tell`` is ignored); repair and search proposers do that.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Literal

from unriddle.candidate import Candidate
from unriddle.errors import BadInput
from unriddle.lm.base import LM, Completion, Prompt, SampleOptions
from unriddle.problem import Problem
from unriddle.prompt import extract, function_prompts, puzzle_prompts, stop_strings
from unriddle.prompt.extract import Style
from unriddle.prompt.nursery import nursery_prompt
from unriddle.verdicts import Verdicts

__all__ = ["Sample"]


class Sample:
    """Independent draws from a language model, each read back as a program.

    The draws are numbered: with ``options.seed`` set, ask after ask goes on counting, so that no draw is given
    twice and ``ask(4)`` followed by ``ask(6)`` gives the same programs as ``ask(10)``. At temperature 0 every draw
    would be the same, so there is only one.

    Args:
        problem: What to solve.
        lm: Where completions come from.
        options: How to sample; stop strings of the style are added to its own.
        style: ``completion`` continues the stub, ``chat`` asks in messages, ``few_shot`` needs ``prompt``,
            ``nursery`` asks as the models grown here were taught.
        batch: At most this many draws per ask, in one call of the model.
        prompt: Replaces the prompt that the style would build.
        name: What the candidates say proposed them.

    Raises:
        BadInput: ``few_shot`` without a prompt, or ``batch`` less than 1.

    >>> from unriddle.lm import ScriptedLM
    >>> from unriddle.problem import Problem, Signature
    >>> proposer = Sample(Problem("p", "Say one.", Signature("one")), ScriptedLM(["    return 1"]))
    >>> print(proposer.ask(1)[0].source, end="")
    def one():
        \"\"\"Say one.\"\"\"
        return 1
    """

    def __init__(
        self,
        problem: Problem,
        lm: LM,
        *,
        options: SampleOptions | None = None,
        style: Style = "completion",
        batch: int = 16,
        prompt: Prompt | None = None,
        name: str = "",
    ) -> None:
        if batch < 1:
            raise BadInput(f"Sample: batch must be 1 or more, got {batch}")
        if prompt is None and style == "few_shot":
            raise BadInput("Sample: style 'few_shot' needs the prompt; build it with unriddle.prompt.few_shot")
        self._problem, self._lm, self._style, self._batch = problem, lm, style, batch
        options = options or SampleOptions()
        stop = tuple(dict.fromkeys((*options.stop, *stop_strings(style=style))))
        self._options = dataclasses.replace(options, stop=stop)
        self._prompt = prompt if prompt is not None else _prompt(problem, style)
        self._name = name or f"sample:{lm.name}"
        self._drawn = 0

    def ask(self, k: int) -> list[Candidate]:
        """The next draws as programs, in order: ``k``, at most ``batch``; empty only after temperature 0's one draw."""
        n = min(k, self._batch)
        if self._options.temperature == 0:
            n = min(n, 1 - self._drawn)
        if n < 1:
            return []
        first = self._options.first_draw + self._drawn
        options = dataclasses.replace(self._options, first_draw=first)
        completions = self._lm.sample([self._prompt], n=n, options=options)[0]
        self._drawn += n
        shares = _prompt_shares(completions)
        return [
            self._candidate(completion, draw=first + i, prompt_tokens=share)
            for i, (completion, share) in enumerate(zip(completions, shares, strict=True))
        ]

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """Ignored: draws are independent."""

    def _candidate(self, completion: Completion, *, draw: int, prompt_tokens: int) -> Candidate:
        return Candidate(
            extract(completion.text, self._problem, style=self._style),
            prior=completion.logprob,
            proposer=self._name,
            n_tokens=completion.completion_tokens + prompt_tokens,
            meta={"completion": completion.text, "finish_reason": completion.finish_reason, "draw": draw},
        )


def _prompt(problem: Problem, style: Style) -> Prompt:
    if style == "nursery":
        return nursery_prompt(problem)
    kind: Literal["completion", "chat"] = "chat" if style == "chat" else "completion"
    return (puzzle_prompts if problem.kind == "puzzle" else function_prompts)(problem, style=kind)


def _prompt_shares(completions: Sequence[Completion]) -> list[int]:
    """The prompt's tokens, read once for the whole call, spread over its draws; they add up to the prompt's."""
    n, tokens = len(completions), max((c.prompt_tokens for c in completions), default=0)
    return [tokens // n + (1 if i < tokens % n else 0) for i in range(n)]
