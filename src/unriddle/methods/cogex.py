"""Weir 2024: Learning to Reason via Program Generation, Emulation, and Search (CoGEX, arXiv 2405.16337).

A language model writes a pseudo-program for a task, a function whose leaves may be undefined, and emulates it: it says
what the call would return. One program serves a whole data set: candidates are sampled from training questions, each
is scored on labelled examples, and the best ones (CoTACS) answer every new question, with a vote if there are several.

What differs from the paper: its model is not published, so any model is asked by worked examples in the paper's
layout. Besides the model's emulation (``lm_emulator``) there is a real one: Python runs the program in the sandbox and
only undefined leaves are asked for (``leaf_emulator``), or the leaves are Python too (``run_emulator``). The filter
does not count the question that a program was made from; sampling again is capped. Besides the whole table of
programs and examples there is successive halving. Scores of the chosen programs are too good on the examples that
chose them: measure on others. Whether an emulator heeds its program at all is asked by ``shuffle_control``: the same
inputs with other programs must score less.

Expected in the lab: with weak leaves, the program that the search chose within a few points of the best candidate on
new questions and far above the mean candidate. A vote of three is worth seven points where all three are right and
their leaves err apart; it loses where the grammar holds one right program, because the other two outvote it.

Not covered: training a model to emulate, and the paper's figures, which need its model.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, shorten
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods._cogex_control import ShuffleControl, shuffle_control
from unriddle.methods._cogex_emulate import (
    Emulator,
    Labelled,
    Metric,
    answers_of,
    exact,
    leaf_emulator,
    lm_emulator,
    run_emulator,
)
from unriddle.methods._cogex_prompt import PseudoProgram, Shown, as_text, program_prompt, read_pseudo

__all__ = [
    "Emulator",
    "Labelled",
    "Metric",
    "Proposer",
    "PseudoProgram",
    "ShuffleControl",
    "TaskSolver",
    "exact",
    "leaf_emulator",
    "lm_emulator",
    "lm_proposer",
    "run_emulator",
    "shuffle_control",
    "task_search",
    "voted",
]

Proposer = Callable[[Any, int], Sequence[PseudoProgram]]
"""A training input and a number -> that many programs, or fewer."""


def lm_proposer(
    lm: LM, instruction: str, *, examples: Sequence[Shown] = (), temperature: float = 0.7, max_tokens: int = 512,
    seed: int = 0,
) -> Proposer:  # fmt: skip
    """The model writes programs, seen one training input; what is no program is dropped."""
    drawn: Counter[str] = Counter()

    def propose(given: Any, n: int) -> list[PseudoProgram]:
        prompt = program_prompt(instruction, given, examples)
        options = SampleOptions(
            temperature=temperature, max_tokens=max_tokens, stop=("### Output",), seed=seed, first_draw=drawn[prompt]
        )
        drawn[prompt] += n
        programs = [read_pseudo(draw.text) for draw in lm.sample([prompt], n=n, options=options)[0]]
        return [program for program in programs if program is not None]

    return propose


@dataclass(frozen=True, slots=True)
class TaskSolver:
    """The programs that a search kept; answers new inputs.

    Attributes:
        programs: The best first, ``(k,)``.
        dev_scores: Their scores on the examples that chose them, ``(k,)``: too good for new inputs.
        n_candidates: Programs that were compared.
        n_emulations: Emulations the search took: one program on one example.
        emulate: Runs a program.
    """

    programs: tuple[PseudoProgram, ...]
    dev_scores: tuple[float, ...]
    n_candidates: int
    n_emulations: int
    emulate: Emulator

    def predict(self, inputs: Sequence[Any], *, rng: np.random.Generator) -> list[Any]:
        """One answer per input: the most frequent of the programs', ties drawn by ``rng``; ``None`` for none."""
        answers = [answers_of(self.emulate, program, inputs) for program in self.programs]
        return [voted([of[j] for of in answers], rng=rng) for j in range(len(inputs))]


def voted(answers: Sequence[Any], *, rng: np.random.Generator) -> Any:
    """The most frequent answer by its text; no answer has no vote."""
    given = [answer for answer in answers if answer is not None]
    votes = Counter(as_text(answer) for answer in given)
    best = [text for text, n in votes.items() if n == max(votes.values())]
    if not best:
        return None
    chosen = best[int(rng.integers(len(best)))] if len(best) > 1 else best[0]
    return next(answer for answer in given if as_text(answer) == chosen)


def task_search(
    data: Sequence[Labelled],
    propose: Proposer,
    emulate: Emulator,
    *,
    rng: np.random.Generator,
    n: int = 300,
    k: int = 3,
    alpha: float = 0.0,
    max_resample: int = 5,
    metric: Metric = exact,
    spend: Literal["full", "halving"] = "full",
) -> TaskSolver:
    """The ``k`` programs that serve the data best.

    Args:
        data: Labelled examples: ``n`` at random to make programs from, the rest to choose by.
        propose: Makes programs from one training input.
        emulate: Runs one on inputs.
        rng: Draws the training examples.
        n: Training examples, and so candidates at most.
        k: Programs to keep; 2 have no majority.
        alpha: A program must score this much on the other training examples, else another one is drawn; with
            ``n=1`` there are no others, and it is kept.
        max_resample: Draws for one training example at most, the first one not counted.
        metric: Of an answer and the wanted one, higher is better.
        spend: ``full`` scores every program on every example; ``halving`` begins with few examples, drops the worse
            half and doubles the examples, until the last ``k``: at most a quarter of the emulations, where the
            examples suffice for that.

    Raises:
        BadInput: Nothing is left to choose by, a number is out of range, no program was proposed that reaches
            ``alpha``, or the emulator does not give one answer for each input.
    """
    if len(data) < 2:
        raise BadInput(
            f"task_search: needs 2 labelled examples or more, to make programs from and to choose by; got {len(data)}"
        )
    if not 1 <= n < len(data) or k < 1 or max_resample < 0 or spend not in ("full", "halving"):
        raise BadInput(
            f"task_search: needs 1 <= n < {len(data)} examples, k >= 1, max_resample >= 0 and spend 'full' or "
            f"'halving'; got n={n}, k={k}, max_resample={max_resample}, spend={shorten(spend)}"
        )
    order = rng.permutation(len(data))
    train, dev = [data[i] for i in order[:n]], [data[i] for i in order[n:]]
    search = _Search(emulate, metric)
    programs: dict[str, PseudoProgram] = {}
    for place, (given, _) in enumerate(train):
        others = [*train[:place], *train[place + 1 :]]
        found = _proposed(propose, given, others, search, alpha=alpha, max_resample=max_resample)
        if found is not None:
            programs.setdefault(found.source, found)
    if not programs and not search.n_proposed:
        raise BadInput(
            f"task_search: the proposer gave no program for any of {n} training examples; look at what it writes: it "
            "must be Python with a function in it"
        )
    if not programs:
        raise BadInput(
            f"task_search: none of the programs proposed for {n} training examples reached alpha={alpha}; lower it, or "
            "look at what the proposer writes"
        )
    candidates = list(programs.values())
    scores = search.full(candidates, dev) if spend == "full" else search.halving(candidates, dev, k)
    best = np.argsort(-scores, kind="stable")[:k].tolist()
    kept = tuple(candidates[i] for i in best)
    return TaskSolver(kept, tuple(float(scores[i]) for i in best), len(candidates), search.n_emulations, emulate)


def _proposed(
    propose: Proposer, given: Any, others: Sequence[Labelled], search: _Search, *, alpha: float, max_resample: int
) -> PseudoProgram | None:
    """The first draw that reaches ``alpha`` on the other examples."""
    for _ in range(1 + max_resample):
        for program in propose(given, 1):
            search.n_proposed += 1
            if alpha <= 0 or not others or float(search.scores(program, others).mean()) >= alpha:
                return program
    return None


class _Search:
    """Scores of programs on examples, and how many emulations they took."""

    def __init__(self, emulate: Emulator, metric: Metric) -> None:
        self._emulate, self._metric, self.n_emulations, self.n_proposed = emulate, metric, 0, 0

    def scores(self, program: PseudoProgram, examples: Sequence[Labelled]) -> npt.NDArray[np.float64]:
        """``(m,)`` one score per example."""
        answers = answers_of(self._emulate, program, [given for given, _ in examples])
        self.n_emulations += len(examples)
        return np.array([self._metric(one, wanted) for one, (_, wanted) in zip(answers, examples, strict=True)])

    def full(self, programs: Sequence[PseudoProgram], dev: Sequence[Labelled]) -> npt.NDArray[np.float64]:
        """``(n,)`` mean score on every example."""
        return np.array([self.scores(program, dev).mean() for program in programs])

    def halving(self, programs: Sequence[PseudoProgram], dev: Sequence[Labelled], k: int) -> npt.NDArray[np.float64]:
        """``(n,)`` mean score on the examples that a program met, and 1 less for each round that it left early."""
        sums, means = np.zeros(len(programs)), np.full(len(programs), -np.inf)
        alive, seen = list(range(len(programs))), 0
        rounds = _rounds(len(programs), len(dev), k)
        for left, upto in zip(range(len(rounds) - 1, -1, -1), rounds, strict=True):
            for i in alive:
                sums[i] += self.scores(programs[i], dev[seen:upto]).sum() if upto > seen else 0.0
                means[i] = sums[i] / upto - left
            seen = upto
            alive = sorted(alive, key=lambda i: -means[i])[: max(k, len(alive) // 2)]
        return means


def _rounds(n: int, m: int, k: int, *, share: float = 0.25) -> list[int]:
    """Examples seen by the end of each round of halving, doubled each time; as many as a share of ``n * m`` allows."""
    alive = [n]
    while alive[-1] > k:
        alive.append(max(k, alive[-1] // 2))
    for first in range(m, 0, -1):
        upto = [min(m, first * 2**r) for r in range(len(alive))]
        new = [after - before for before, after in zip([0, *upto], upto, strict=False)]
        if sum(a * b for a, b in zip(alive, new, strict=True)) <= share * n * m:
            return upto
    return [min(m, 2**r) for r in range(len(alive))]
