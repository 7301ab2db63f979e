"""ScriptedLM: answers that were written beforehand, for tests and examples.

Not covered: anything like a real model's behaviour; stop strings and ``max_tokens`` are applied as a real one
would (a token is a word with the blanks before it), temperature and seed change nothing.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Mapping, Sequence

from unriddle.errors import BadInput, LMError, shorten
from unriddle.lm.base import Completion, Prompt, SampleOptions, checked_prompts

__all__ = ["ScriptedLM"]

_TOKEN = re.compile(r"\s*\S+|\s+$")


class ScriptedLM:
    """A language model that gives the answers you wrote, in order.

    Args:
        answers: Either one sequence, handed out draw by draw whatever the prompt is, or a mapping from a piece
            of text to a sequence: a prompt gets the answers of the longest piece it contains (``""`` fits all).
        name: What it calls itself.
        repeat: Begin again at the first answer instead of raising when they are used up.

    Raises:
        BadInput: There are no answers, or one of them is not text.

    >>> lm = ScriptedLM(["one", "two"])
    >>> [c.text for c in lm.sample(["count"], n=2)[0]]
    ['one', 'two']
    """

    def __init__(
        self,
        answers: Sequence[str] | Mapping[str, Sequence[str]],
        *,
        name: str = "scripted",
        repeat: bool = False,
    ) -> None:
        script = answers if isinstance(answers, Mapping) else {"": answers}
        if isinstance(answers, str) or any(isinstance(value, str) for value in script.values()):
            raise BadInput("ScriptedLM: answers must be a list of texts, got a single text; write [text]")
        self._script = {key: list(value) for key, value in script.items()}
        self._given = dict.fromkeys(self._script, 0)
        self._name = name
        self._repeat = repeat
        self._lock = threading.Lock()
        self.prompts: list[Prompt] = []
        """Every prompt it was given so far, for tests that look at them."""
        for key, value in self._script.items():
            wrong = [answer for answer in value if not isinstance(answer, str)]
            if wrong or not value:
                got = f"got {shorten(wrong[0])}" if wrong else "got none"
                raise BadInput(f"ScriptedLM: the answers for {shorten(key)} must be one or more texts, {got}")

    @property
    def name(self) -> str:
        """The name it was given."""
        return self._name

    def sample(
        self, prompts: Sequence[Prompt], *, n: int = 1, options: SampleOptions | None = None
    ) -> list[list[Completion]]:
        """The next ``n`` answers for each prompt.

        Raises:
            LMError: The answers are used up, or no answer was written for a prompt.
        """
        options = options or SampleOptions()
        with self._lock:
            return [[self._answer(prompt, options) for _ in range(n)] for prompt in checked_prompts(prompts, n=n)]

    def _answer(self, prompt: Prompt, options: SampleOptions) -> Completion:
        self.prompts.append(prompt)
        text = prompt if isinstance(prompt, str) else "\n".join(turn.content for turn in prompt)
        fitting = [key for key in self._script if key in text]
        if not fitting:
            raise LMError(f"ScriptedLM: no answer was written for the prompt {shorten(text)}; add a key it contains")
        key = max(fitting, key=len)
        answers, given = self._script[key], self._given[key]
        if given >= len(answers) and not self._repeat:
            raise LMError(
                f"ScriptedLM: all {len(answers)} answers for {shorten(key)} are used up at the prompt "
                f"{shorten(text)}; write more of them, or pass repeat=True"
            )
        self._given[key] = given + 1
        return _cut(answers[given % len(answers)], text, options)


def _cut(answer: str, prompt: str, options: SampleOptions) -> Completion:
    """The answer as a model under these options would have given it."""
    ends = [at for at in (answer.find(stop) for stop in options.stop) if at >= 0]
    tokens = _TOKEN.findall(answer[: min(ends, default=len(answer))])
    kept = tuple(tokens[: options.max_tokens])
    logprobs = (0.0,) * len(kept) if options.logprobs else None
    return Completion(
        text="".join(kept),
        finish_reason="length" if len(kept) < len(tokens) else "stop",
        prompt_tokens=len(_TOKEN.findall(prompt)),
        completion_tokens=len(kept),
        logprob=None if logprobs is None else sum(logprobs),
        token_logprobs=logprobs,
        tokens=kept if options.logprobs else None,
    )
