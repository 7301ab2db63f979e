"""Chen 2023: Teaching Large Language Models to Self-Debug (arXiv 2304.05128).

A frozen language model repairs its own program over several turns. Each turn it may explain the program or trace it by
hand, is told what the visible tests showed, and writes the next program. Without tests its own explanation and its own
verdict are all there is (rubber duck).

What differs from the paper: no worked examples; of several first programs the one that passes most visible tests is
taken, then the one whose results on them are the commonest, then the likeliest; the answer is the best program by
visible tests and not the last; a program given twice is pointed out and can end the turns.

Expected in the lab, on GPT-3.5's recorded HumanEval programs and repairs: 128 of 164 pass the visible tests at once
and 144 at the end, each stopped where the recording stops; 136 are recorded as right at the end and 121 at the start.
An enumerator of edits needs fewer of them the more the feedback tells. The paper's gains (61.4 to 70.8 on MBPP with
code-davinci-002) need a model of that size and are not measured.

Not covered: SQL, and the choice by execution results on a database.
"""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from unriddle.budget import Budget, Spent, stopwatch
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadProblem
from unriddle.feedback.failing import failing, failing_tests
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods._all_pairs import draw_programs
from unriddle.methods._debugging import repair_until_passed
from unriddle.outcome import Limits
from unriddle.problem import Problem
from unriddle.prompt.shown import shown_test
from unriddle.propose._lineage import Round
from unriddle.propose.lm_repair import LMRepair, Rounds
from unriddle.solver import Solution
from unriddle.verdicts import Verdicts

__all__ = ["FORMATS", "Format", "SelfDebug", "debug_rounds", "takes_for_right"]

Format = Literal["simple", "ut", "ut_expl", "ut_trace", "expl", "trace"]
FORMATS: tuple[Format, ...] = ("simple", "ut", "ut_expl", "ut_trace", "expl", "trace")
"""From the poorest feedback to the richest; the last two use no execution, only the model's own verdict."""

_WRONG = "The program above is wrong. Fix it."
_EXPLAIN = "Explain line by line what the program does."
_TRACE = (
    "Run the program by hand on this test, line by line, and write down the value of every variable after each line. "
    "Then say whether the result is the expected one.\n```python\n{test}\n```"
)
_INVENT = (
    "Choose a small input that the task speaks of. Run the program on it by hand, line by line, and write down the "
    "value of every variable after each line."
)
_WANTED = "In your own words: what does the task ask for, and what must come back?"
_VERDICT = (
    "Compare what the program does with what the task asks for. End with a line of its own that is either "
    "`Verdict: right` or `Verdict: wrong`."
)
_VERDICT_LINE = re.compile(r"^\W*verdict\W+(right|wrong|correct|incorrect)\b", re.IGNORECASE | re.MULTILINE)


def takes_for_right(answer: str) -> bool:
    """Whether the last verdict line of an answer says that the program is right; without one it does not.

    >>> takes_for_right("It adds twice.\\nVerdict: wrong")
    False
    """
    found = _VERDICT_LINE.findall(answer)
    return bool(found) and found[-1].lower() in ("right", "correct")


def debug_rounds(problem: Problem, *, feedback: Format = "ut_expl") -> Rounds:
    """Rounds for ``LMRepair`` in one of the ``FORMATS``.

    Raises:
        BadInput: There is no such format.
    """
    if feedback not in FORMATS:
        raise BadInput(f"self_debug: feedback must be one of {', '.join(FORMATS)}; got {feedback!r}")

    def rounds(candidate: Candidate, row: Verdicts) -> Round:
        if feedback in ("expl", "trace"):
            first = _EXPLAIN if feedback == "expl" else _by_hand(problem, [])
            return Round(_WRONG, (first, _WANTED, _VERDICT), takes_for_right)
        if feedback == "simple":
            return Round(_WRONG)
        told = f"{_WRONG} It fails these tests:\n```python\n{failing_tests(problem.tests)(candidate, row)}\n```"
        asked = {"ut": (), "ut_expl": (_EXPLAIN,), "ut_trace": (_by_hand(problem, failing(row)),)}
        return Round(told, asked[feedback])

    return rounds


def _by_hand(problem: Problem, places: Sequence[int]) -> str:
    if not problem.tests:
        return _INVENT
    return _TRACE.format(test=shown_test(problem.tests[places[0] if places else 0]))


@dataclass(frozen=True, slots=True)
class SelfDebug:
    """A Solver: a language model debugs its own programs.

    It stops when all visible tests pass, after ``max_turns`` repairs, or, in a format without execution, when the
    model says that its program is right. There the last program is the answer, unless only an earlier one passes all
    visible tests: a model's verdict never replaces a program that passes them.

    Args:
        lm: Writes, explains and repairs.
        executor: Where programs run; already open.
        feedback: One of ``FORMATS``; a problem without visible tests needs ``expl`` or ``trace``.
        max_turns: Repairs.
        init_samples: First programs; one is drawn at temperature 0, several at ``init_temperature``.
        init_temperature: See there.
        keep: See ``LMRepair``.
        stop_on_repeat: See ``LMRepair``.
        options: How to sample repairs.
        limits: Per test.
    """

    lm: LM
    executor: Executor
    feedback: Format = "ut_expl"
    max_turns: int = 10
    init_samples: int = 1
    init_temperature: float = 0.7
    keep: Literal["conversation", "last"] = "conversation"
    stop_on_repeat: bool = False
    options: SampleOptions = dataclasses.field(default_factory=lambda: SampleOptions(temperature=0.0, max_tokens=1024))
    limits: Limits | None = None

    def __call__(self, problem: Problem, *, budget: Budget, start: Sequence[Candidate] = ()) -> Solution:
        """The answer.

        Args:
            problem: What to solve.
            budget: One repair is one candidate; looked at before each.
            start: Programs to debug; without any, the model writes them.

        Raises:
            BadInput: There is no such format, or ``init_samples`` is less than 1.
            BadProblem: The format needs visible tests and there are none.
        """
        rounds = debug_rounds(problem, feedback=self.feedback)
        by_itself = self.feedback in ("expl", "trace")
        if not problem.tests and not by_itself:
            raise BadProblem(
                f"Problem {problem.id}: no visible tests, so feedback {self.feedback!r} has nothing to tell; add "
                "one, or take feedback 'expl' or 'trace'"
            )
        if self.init_samples < 1:
            raise BadInput(f"SelfDebug: init_samples must be 1 or more, got {self.init_samples}")
        spent = Spent()
        if not start and self.init_samples > 1:
            start = self._first(problem, budget, spent)
        proposer = LMRepair(
            problem, self.lm, rounds, start=start, max_turns=self.max_turns, options=self.options, keep=self.keep,
            stop_on_repeat=self.stop_on_repeat, name="self_debug",
        )  # fmt: skip
        if by_itself:
            return self._by_itself(problem, proposer, budget, spent)
        return repair_until_passed(
            problem, proposer, executor=self.executor, budget=budget, limits=self.limits, spent=spent
        )

    def _first(self, problem: Problem, budget: Budget, spent: Spent) -> list[Candidate]:
        """The best of several first programs: by tests passed, by how common its results are, by likelihood."""
        options = dataclasses.replace(self.options, temperature=self.init_temperature)
        drawn = draw_programs(
            problem, self.lm, n=self.init_samples, budget=budget, spent=spent, options=options, style="chat"
        )
        if not drawn:
            return []
        distinct = list({candidate.id: candidate for candidate in drawn}.values())
        rows = self.executor.run(distinct, problem.tests, limits=self.limits)
        spent.runs += rows.status.size
        spent.cpu_seconds += float(np.nansum(rows.cpu_seconds))
        place = {candidate.id: i for i, candidate in enumerate(distinct)}
        kinds = [tuple(zip(s.tolist(), v.tolist(), strict=True)) for s, v in zip(rows.status, rows.value, strict=True)]
        common = Counter(kinds[place[candidate.id]] for candidate in drawn)

        def merit(candidate: Candidate) -> tuple[int, int, float]:
            i = place[candidate.id]
            prior = -np.inf if candidate.prior is None else candidate.prior
            return int(rows.passed[i].sum()), common[kinds[i]], prior

        spent.candidates -= 1  # the chosen one is counted, and paid for, where the turns begin
        return [dataclasses.replace(max(distinct, key=merit), n_tokens=0)]

    def _by_itself(self, problem: Problem, proposer: LMRepair, budget: Budget, spent: Spent) -> Solution:
        """The turns without execution; visible tests, where there are some, are run at the end."""
        clock, drawn = stopwatch(), spent.tokens
        made: list[Candidate] = []
        why = "the model takes its program for right, or its turns are used up"
        while True:
            spent.seconds, spent.tokens = clock(), drawn + proposer.n_tokens
            if not budget.left(spent):
                why = budget.why_over(spent)
                break
            asked = proposer.ask(1)
            if not asked:
                break
            made += asked
            spent.candidates += 1
            proposer.tell(asked, _unknown(asked))
        distinct = list({candidate.id: candidate for candidate in made}.values())
        spent.tokens = drawn + proposer.n_tokens
        if not distinct:
            return Solution(problem.id, False, None, Verdicts.empty(), -1, 0.0, why, spent)
        rows = self.executor.run(distinct, problem.tests, limits=self.limits) if problem.tests else _unknown(distinct)
        spent.runs += rows.status.size
        spent.cpu_seconds += float(np.nansum(rows.cpu_seconds))
        spent.seconds = clock()
        row = next(i for i, candidate in enumerate(distinct) if candidate.id == made[-1].id)
        solved = rows.solved()
        if solved.any() and not solved[row]:
            row = int(np.flatnonzero(solved)[-1])
        shown = f"It passes {int(rows.passed[row].sum())} of {rows.shape[1]} visible tests." if problem.tests else (
            "There are no visible tests, so nothing but the model's word speaks for it."
        )  # fmt: skip
        return Solution(
            problem.id,
            bool(solved[row]),
            distinct[row],
            rows,
            row,
            0.0,
            f"{shown} The turns ended because {why}.",
            spent,
        )


def _unknown(candidates: Sequence[Candidate]) -> Verdicts:
    """Rows of no tests at all."""
    n = len(candidates)
    return Verdicts(
        np.zeros((n, 0), np.int8), np.zeros((n, 0), np.int32), np.zeros((n, 0), np.float32), np.full(n, np.nan),
        tuple(candidate.id for candidate in candidates), (),
    )  # fmt: skip
