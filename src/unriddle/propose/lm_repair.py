"""LMRepair: a language model repairs failing programs in a conversation, told what running them showed.

Every starting program has a conversation of its own, its lineage: task, program, what was wrong, next program, …
One repair per ask, in the lineage whose last program passes the most tests. What is said about a program is the
caller's (``Rounds``). Not covered: the words of the feedback, and repair without a model.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Literal

from unriddle.candidate import Candidate
from unriddle.contracts import Feedback
from unriddle.errors import BadInput
from unriddle.lm.base import LM, Completion, Message, SampleOptions
from unriddle.problem import Problem
from unriddle.prompt import extract, function_prompts
from unriddle.propose._lineage import Lineage, Round, fitted, holds_code, same_program, shown_program
from unriddle.verdicts import Verdicts

__all__ = ["LMRepair", "Picker", "Rounds", "best_first", "feedback_rounds"]

Rounds = Callable[[Candidate, Verdicts], Round]
"""``(failing candidate, its row (1, m)) -> what the model is asked and told next``."""

Picker = Callable[[Sequence[Lineage]], int]
"""Place of the lineage to go on with, among those that are open."""

_ANSWER = "Answer with the whole corrected program in one code block that starts with ```python."
_REPEATED = "Your last program is the same as one that failed before; change what it does."
_NO_CODE = "Your last answer held no code block, so the program before it was kept."


def best_first(lineages: Sequence[Lineage]) -> int:
    """The lineage whose last program passes the largest share of tests; then the one with fewer turns.

    >>> best_first([Lineage([], Candidate("a"), shares=[0.2]), Lineage([], Candidate("b"), shares=[0.5])])
    1
    """
    return min(range(len(lineages)), key=lambda i: (-lineages[i].shares[-1], lineages[i].n_turns, i))


def feedback_rounds(feedback: Feedback) -> Rounds:
    """Rounds without questions: the feedback's text is what the model is told."""
    return lambda candidate, row: Round(feedback(candidate, row))


class LMRepair:
    """Programs that a model makes from its failing ones; a repaired program names its parent.

    ``candidate.meta`` has the ``turn``, the ``request`` and the ``answers`` to the questions before it. At temperature
    0 a model that is told the same gives the same: the conversation grows, and a repeated program is pointed out.

    Args:
        problem: What to solve.
        lm: Repairs; a chat is what it is asked.
        rounds: Says what is asked and told about a failing program.
        start: Programs to begin with; without any, the model writes ``n_starts`` of them.
        n_starts: How many first programs the model writes.
        max_turns: Repairs of one lineage.
        options: How to sample repairs and answers.
        start_options: How to sample first programs; ``options`` when ``None``.
        keep: How much of a lineage the model is shown: all of it, or only its last program.
        max_characters: Longest conversation; the oldest turns are left out, never the task or the last program.
        stop_on_repeat: End a lineage when the model gives a program again that failed before.
        pick: Chooses the lineage to go on with.
        name: What the candidates say proposed them.

    Raises:
        BadInput: A count is less than it can be.

    >>> from unriddle.lm import ScriptedLM
    >>> from unriddle.problem import Signature
    >>> lm = ScriptedLM(["```python\\ndef one():\\n    return 2\\n```"])
    >>> proposer = LMRepair(Problem("p", "Say one.", Signature("one")), lm, feedback_rounds(lambda c, row: "Wrong."))
    >>> proposer.ask(1)[0].source
    'def one():\\n    return 2\\n'
    """

    def __init__(
        self,
        problem: Problem,
        lm: LM,
        rounds: Rounds,
        *,
        start: Sequence[Candidate] = (),
        n_starts: int = 1,
        max_turns: int = 10,
        options: SampleOptions | None = None,
        start_options: SampleOptions | None = None,
        keep: Literal["conversation", "last"] = "conversation",
        max_characters: int = 12_000,
        stop_on_repeat: bool = False,
        pick: Picker = best_first,
        name: str = "",
    ) -> None:
        for what, value, least in (("n_starts", n_starts, 1), ("max_turns", max_turns, 0)):
            if value < least:
                raise BadInput(f"LMRepair: {what} must be {least} or more, got {value}")
        if keep not in ("conversation", "last"):
            raise BadInput(f"LMRepair: keep must be 'conversation' or 'last', got {keep!r}")
        self._problem, self._lm, self._rounds, self._pick = problem, lm, rounds, pick
        self._options = options or SampleOptions(temperature=0.0, max_tokens=1024)
        self._start_options = start_options or self._options
        self._start = list(start)
        self._n_starts = len(self._start) or n_starts
        self._max_turns, self._keep, self._max_characters = max_turns, keep, max_characters
        self._stop_on_repeat = stop_on_repeat
        self._name = name or f"repair:{lm.name}"
        task = function_prompts(problem, style="chat")
        assert not isinstance(task, str)
        self._task = task
        self.lineages: list[Lineage] = []
        """All lineages so far, for reports."""
        self.n_tokens = 0
        """Tokens spent, also on answers after which no program came."""
        self._unbilled = 0

    def ask(self, k: int) -> list[Candidate]:
        """First the starting programs, then one repair; empty when no lineage is open."""
        if k < 1:
            return []
        if len(self.lineages) < self._n_starts:
            return self._first(min(k, self._n_starts - len(self.lineages)))
        while True:
            open_ones = [lineage for lineage in self.lineages if lineage.row is not None and not lineage.ended]
            if not open_ones:
                return []
            made = self._repair(open_ones[self._pick(open_ones)])
            if made is not None:
                return [made]

    def tell(self, candidates: Sequence[Candidate], verdicts: Verdicts) -> None:
        """What running them showed; lineages that wait for one of these programs are open again."""
        places = {candidate.id: i for i, candidate in enumerate(candidates)}
        for lineage in self.lineages:
            if lineage.row is None and lineage.candidate.id in places:
                row = verdicts.take([places[lineage.candidate.id]])
                lineage.row = row
                lineage.shares.append(float(row.passed.sum() / max(1, row.known.sum())))
                lineage.ended |= bool(row.solved()[0]) or lineage.n_turns >= self._max_turns

    def _first(self, k: int) -> list[Candidate]:
        if self._start:
            at = len(self.lineages)
            made = self._start[at : at + k]
        else:
            options = dataclasses.replace(
                self._start_options, first_draw=self._start_options.first_draw + len(self.lineages)
            )
            made = [self._program(c) for c in self._lm.sample([self._task], n=k, options=options)[0]]
        for candidate in made:
            lineage = Lineage([*self._task, shown_program(candidate.source)], candidate)
            lineage.program_at = len(self._task)
            lineage.seen.append(same_program(candidate.source))
            self.lineages.append(lineage)
        return made

    def _program(self, completion: Completion) -> Candidate:
        return Candidate(
            extract(completion.text, self._problem, style="chat"),
            proposer=self._name,
            n_tokens=self._count(completion),
            meta={"turn": 0, "completion": completion.text},
        )

    def _count(self, completion: Completion) -> int:
        tokens = completion.prompt_tokens + completion.completion_tokens
        self.n_tokens += tokens
        return tokens

    def _repair(self, lineage: Lineage) -> Candidate | None:
        """The next program of a lineage; ``None`` when its model takes the last one for right."""
        assert lineage.row is not None
        plan = self._rounds(lineage.candidate, lineage.row)
        messages = lineage.messages if self._keep == "conversation" else lineage.last_only(len(self._task))
        answers = []
        for question in plan.questions:
            messages.append(Message("user", question))
            answers.append(self._answer(lineage, messages))
        if plan.ends(answers[-1] if answers else ""):
            lineage.ended = True
            return None
        request = "\n\n".join(filter(None, [lineage.note, plan.request, _ANSWER]))
        messages.append(Message("user", request))
        text = self._answer(lineage, messages)
        lineage.messages = messages
        return self._next(lineage, text, request, answers)

    def _answer(self, lineage: Lineage, messages: list[Message]) -> str:
        shown = fitted(messages, n_task=len(self._task), program_at=lineage.program_at, most=self._max_characters)
        completion = self._lm.sample([shown], n=1, options=self._options)[0][0]
        self._unbilled += self._count(completion)
        messages.append(Message("assistant", completion.text))
        return completion.text

    def _next(self, lineage: Lineage, text: str, request: str, answers: Sequence[str]) -> Candidate:
        old = lineage.candidate
        coded = holds_code(text, self._problem.entry)
        source = extract(text, self._problem, style="chat") if coded else old.source
        tokens, self._unbilled = self._unbilled, 0
        lineage.n_turns += 1
        made = Candidate(
            source,
            parents=(old.id,),
            proposer=self._name,
            n_tokens=tokens,
            meta={"turn": lineage.n_turns, "completion": text, "request": request, "answers": tuple(answers)},
        )
        form = same_program(source)
        repeated = form in lineage.seen
        lineage.note = (_REPEATED if repeated else "") if coded else _NO_CODE
        lineage.ended |= repeated and self._stop_on_repeat
        lineage.seen.append(form)
        lineage.candidate, lineage.row = made, None
        if coded:
            lineage.program_at = len(lineage.messages) - 1
        return made
