"""Etemadi 2024: Mokav: Execution-driven Differential Testing with LLMs (arXiv 2406.10375).

A language model is shown two versions of a program and asked for an input on which their outputs differ. Each of its
answers is run on both; when none tells them apart, it is told what running its answer showed, the output of both and a
value that a variable takes in one version only, and asked again, ten rounds of ten answers. Without a model the same
rounds are made of typed changes steered by the branches that inputs take in both versions.

What differs from the paper: programs are functions with arguments, not scripts that read lines; unique states are
traced on the last answer, as the paper says and its code does not; answers are read by a parser instead of a pattern;
a difference is confirmed in fresh processes with other seeds, so that random programs do not count; outputs are
compared by value. The wording of the prompts is our own.

Expected in the lab: without a model more than 90 % of pairs of small programs exposed within ten CPU seconds each
(the paper: 82 % of its pairs with GPT-3.5, Pynguin 5 %), steering by coverage ahead of blind changes, and those ahead
of random inputs. SmolLM2-135M is far too small for the task.

Not covered: programs that read standard input, and several inputs at a time.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unriddle.budget import Budget
from unriddle.contracts import Executor
from unriddle.errors import BadInput, shorten
from unriddle.execute.trace import traces
from unriddle.execute.trace.states import unique_states
from unriddle.lm.base import LM, Message, SampleOptions
from unriddle.methods._mokav_prompt import (
    PARTS,
    Reached,
    described,
    feedback,
    first_messages,
    read_answer,
    trimmed,
)
from unriddle.outcome import Limits
from unriddle.problem import Signature
from unriddle.testgen.difference import LIMITS, find_difference
from unriddle.testgen.difference_entries import affected_entries
from unriddle.testgen.difference_inputs import Args
from unriddle.testgen.difference_observe import compare, look_at, observe, read_seen
from unriddle.testgen.difference_result import Difference, NoDifference
from unriddle.testgen.difference_search import PairSearch
from unriddle.testgen.guess_kinds import example_calls, guess_signature

__all__ = ["Conversation", "mokav"]

OPTIONS = SampleOptions(temperature=1.0, top_p=1.0, max_tokens=256)
"""How the paper samples."""


def mokav(
    p: str,
    q: str,
    *,
    executor: Executor,
    rng: np.random.Generator,
    lm: LM | None = None,
    entry: str | None = None,
    example: Args | None = None,
    iterations: int = 10,
    samples: int = 10,
    parts: str = PARTS,
    options: SampleOptions = OPTIONS,
    limits: Limits = LIMITS,
) -> Difference | NoDifference:
    """A difference between two programs on which both return, or how far none was found.

    Args:
        p: The original program.
        q: The patched program.
        executor: Runs them.
        rng: Where inputs come from when there is no model.
        lm: The model; typed changes and coverage take its place when ``None``, with as many inputs.
        entry: Function of both; the one that differs when ``None``.
        example: An input on which both agree; the first call with literal arguments in the programs when ``None``.
        iterations: Rounds.
        samples: Answers in each round.
        parts: Parts of the prompt, of ``BADTIE``; without ``I`` all answers are asked for at once.
        options: How the model samples.
        limits: Per call.

    Raises:
        BadInput: A part is unknown or neither version is shown, or there is no round or no answer; else as
            ``find_difference``.
    """
    if not set(parts) <= set(PARTS) or not set(parts) & {"A", "B"}:
        raise BadInput(f"mokav: parts must be letters of {PARTS} with A or B among them, got {shorten(parts)}")
    if iterations < 1 or samples < 1:
        raise BadInput(f"mokav: iterations and samples must be 1 or more, got {iterations} and {samples}")
    entry = entry or affected_entries(p, q)[0]
    if lm is None:
        budget = Budget(candidates=None, runs=2 * iterations * samples)
        seeds = [example] if example is not None else []
        return find_difference(p, q, executor=executor, rng=rng, entry=entry, seeds=seeds, budget=budget, limits=limits)
    talk = Conversation(
        p, q, lm, executor, entry=entry, example=example, samples=samples, parts=parts, options=options, limits=limits
    )
    search = PairSearch([look_at(source, entry) for source in (p, q)], executor, Budget(candidates=10**9), limits, None)
    for _ in range(iterations if "I" in parts else 1):
        asked = talk.ask(samples if "I" in parts else samples * iterations)
        if asked:
            search.try_batch([(args, "proposed") for args in asked])
        if search.best is not None and search.best.category in ("value", "arguments", "printed"):
            return search.report(entry, search.best.args, search.best)
    if search.best is not None:
        return search.report(entry, search.best.args, search.best)
    return search.nothing(entry, f"none of the {talk.n_answers} answers of the model tells the programs apart")


class Conversation:
    """Asks a model for inputs and tells it, before each further round, what its last answer showed.

    Args:
        p: The original program.
        q: The patched program.
        lm: The model.
        executor: Runs the programs for what the model is told.
        entry: Function of both.
        example: An input on which both agree.
        samples: Answers in a round.
        parts: Parts of the prompt.
        options: How the model samples.
        limits: Per run.

    Attributes:
        n_answers: Answers that were asked for.
        n_read: Answers that held an input.
        messages: The conversation so far.
    """

    def __init__(
        self,
        p: str,
        q: str,
        lm: LM,
        executor: Executor,
        *,
        entry: str,
        example: Args | None = None,
        samples: int = 10,
        parts: str = PARTS,
        options: SampleOptions = OPTIONS,
        limits: Limits = LIMITS,
    ) -> None:
        self._programs = (p, q)
        self._lm, self._executor, self._entry, self._options, self._limits = lm, executor, entry, options, limits
        self._samples, self._parts = samples, parts
        self._signature: Signature = guess_signature(p, entry)
        known = [example] if example is not None else [*example_calls(p, entry), *example_calls(q, entry)]
        self._example = known[0] if known else None
        self._last: Args | None = None
        self._seen: set[str] = set()
        self.messages: list[Message] = []
        self.n_answers = self.n_read = 0

    def __call__(self) -> list[Args]:
        """One round, as ``find_difference`` wants it for ``propose``."""
        return self.ask(self._samples)

    def ask(self, n: int) -> list[Args]:
        """New inputs out of ``n`` answers; the first that can be read is what the model is told of next time."""
        if not self.messages:
            self.messages = self._begin()
        elif self._last is not None and "I" in self._parts:
            self.messages.append(feedback(self._run(self._last), parts=self._parts))
        self.messages = trimmed(self.messages)
        completions = self._lm.sample([tuple(self.messages)], n=n, options=self._options)[0]
        width = sum(1 for p in self._signature.parameters if not p.name.startswith(("*", "/")))
        answers = [read_answer(c.text, n_arguments=width) for c in completions]
        self.n_answers += len(answers)
        self.n_read += sum(args is not None for args in answers)
        readable = [i for i, args in enumerate(answers) if args is not None]
        if readable and "I" in self._parts:
            # An answer that holds no input would be told back as nonsense.
            self._last = answers[readable[0]]
            self.messages.append(Message("assistant", completions[readable[0]].text))
        found = [args for args in answers if args is not None and repr(args) not in self._seen]
        self._seen.update(map(repr, found))
        return list({repr(args): args for args in found}.values())

    def _begin(self) -> list[Message]:
        about = ("", "")
        if "D" in self._parts:
            options = SampleOptions(temperature=0.0, max_tokens=200)
            asked = self._lm.sample([described(source) for source in self._programs], n=1, options=options)
            about = (asked[0][0].text, asked[1][0].text)
        reached = self._run(self._example) if self._example is not None and set(self._parts) & {"T", "E"} else None
        return first_messages(
            *self._programs, signature=self._signature, parts=self._parts, descriptions=about, reached=reached
        )

    def _run(self, args: Args) -> Reached:
        """What both programs do on one input; states only where both have them."""
        looks = [look_at(source, self._entry) for source in self._programs]
        seen = [read_seen(c, 0) for c in observe(looks, [args], executor=self._executor, limits=self._limits)]
        same = compare(seen[0], seen[1]) == "same"
        output = shorten(seen[0].value, 500) if same and seen[0].returned else ""
        states = self._states(args) if "E" in self._parts else ([], [])
        return Reached(args, output, *(found[0] if found else None for found in states))

    def _states(self, args: Args) -> tuple[Sequence[tuple[str, str]], Sequence[tuple[str, str]]]:
        call = f"{self._entry}({', '.join(map(repr, args))})"
        one, two = (
            traces(source, [call], executor=self._executor, limits=self._limits, max_events=2000)[0]
            for source in self._programs
        )
        return unique_states(one, two)
