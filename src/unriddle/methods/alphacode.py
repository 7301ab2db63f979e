"""Li 2022: Competition-Level Code Generation with AlphaCode (Science 378, arXiv 2203.07814).

Very many programs are sampled; those that fail an example of the statement are dropped; the survivors run on other
inputs and are grouped by what they return. One program of each group is submitted, from the largest group on, ten in
all: few submissions that differ in behaviour instead of ten copies of one mistake.

What differs from the paper: other inputs are drawn by type from the signature and the examples, or are taken from
asserts that a model wrote (expected values ignored), where the paper trains a model of inputs; sampling has a
temperature of 0.25 for every model, where the paper's was trained to be sampled so; where no program passes all
examples, those that pass most go on; groups in which most calls fail come last.

Expected in the lab, on the recorded CodeGen-16B programs: filtering far above random choice, grouping above filtering
at one and three submissions.

Not covered: training (tempering, value conditioning, GOLD); programs that read standard input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import pass_at_k
from unriddle.budget import Budget, Spent, stopwatch
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.errors import BadInput, BadShape, shorten
from unriddle.lm.base import LM, Prompt, SampleOptions
from unriddle.methods._all_pairs import draw_programs
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Problem, Test
from unriddle.prompt.function import function_prompts
from unriddle.score.cluster import behaviour_clusters, largest_clusters
from unriddle.score.passed import fraction
from unriddle.solver import Solution
from unriddle.testgen.inputs import generate_inputs
from unriddle.verdicts import Verdicts

__all__ = [
    "AlphaCode",
    "Selector",
    "Submissions",
    "cluster_inputs",
    "metadata_prompts",
    "n_at_k",
    "submit",
    "survivors",
]

Selector = Literal["random", "filter", "clusters", "oracle"]
"""How programs are chosen for submission; ``n_at_k`` says what each does."""

_TAGS = (
    *("implementation", "math", "greedy", "dp", "data structures", "brute force", "graphs", "sortings", "trees"),
    *("binary search", "strings", "number theory", "combinatorics", "geometry", "bitmasks", "two pointers", "hashing"),
)
OPTIONS = SampleOptions(temperature=0.25, top_p=1.0, max_tokens=768)
"""How the paper samples."""


@dataclass(frozen=True, slots=True)
class Submissions:
    """What is handed in, best first.

    Attributes:
        programs: At most ``k``, different texts.
        rows: Their rows in ``verdicts``.
        n_survivors: Programs that passed the examples, repeats included.
        sizes: For each submission, the size of its group.
        verdicts: ``(n, examples + inputs)``, the distinct surviving programs.
    """

    programs: tuple[Candidate, ...]
    rows: tuple[int, ...]
    n_survivors: int
    sizes: tuple[int, ...]
    verdicts: Verdicts


def survivors(examples: Verdicts) -> npt.NDArray[np.int64]:
    """Rows that pass every example; where none does, those that pass most. Without examples, all rows."""
    n, m = examples.shape
    share = fraction(examples) if m else np.ones(n)
    return np.flatnonzero((share == share.max()) & (share > -np.inf)) if n else np.zeros(0, np.int64)


def submit(
    programs: Sequence[Candidate],
    examples: Sequence[Test],
    inputs: Sequence[CallTest],
    *,
    executor: Executor,
    k: int = 10,
    limits: Limits | None = None,
    rng: np.random.Generator,
) -> Submissions:
    """At most ``k`` programs to hand in: filtered by the examples, one from each of the largest groups.

    Args:
        programs: As drawn; equal ones run once and count as often as they stand there.
        examples: What every submission must pass.
        inputs: Calls to group by; what they expect is ignored.
        executor: Where programs run.
        k: Submissions.
        limits: Per test.
        rng: Draws inside groups, and the order of groups of equal size.

    Raises:
        BadInput: There are no programs, or ``k`` is less than 1.
    """
    if not programs or k < 1:
        raise BadInput(f"submit: needs at least one program and k of 1 or more, got {len(programs)} and k={k}")
    distinct = list({program.id: program for program in programs}.values())
    shown = executor.run(distinct, examples, limits=limits)
    kept = survivors(shown).tolist() or list(range(len(distinct)))
    calls = [CallTest(test.entry, test.args, test.kwargs, name=f"input[{j}]") for j, test in enumerate(inputs)]
    ran = executor.run([distinct[i] for i in kept], calls, limits=limits)
    matrix = Verdicts.join_columns([shown.take(kept), ran])
    place = {name: i for i, name in enumerate(matrix.candidates)}
    rows = [place[program.id] for program in programs if program.id in place]
    chosen = _different(matrix.take(rows), k=k, n_examples=len(examples), rng=rng)
    groups = behaviour_clusters(ran.take(rows))
    size = {rows[i]: int((groups == groups[i]).sum()) for i in range(len(rows))}
    best = [rows[i] for i in chosen]
    picked = tuple(distinct[kept[i]] for i in best)
    return Submissions(picked, tuple(best), len(rows), tuple(size[i] for i in best), matrix)


def _different(drawn: Verdicts, *, k: int, n_examples: int, rng: np.random.Generator) -> list[int]:
    """Rows to submit, texts differing: a copy of what was handed in already would be a wasted submission."""
    order = largest_clusters(drawn, k=drawn.shape[0] or 1, rng=rng, given=range(n_examples))
    first: dict[str, int] = {}
    for i in order or rng.permutation(drawn.shape[0]).tolist():  # nothing was run: any order
        first.setdefault(drawn.candidates[i], i)
    return list(first.values())[:k]


def cluster_inputs(
    problem: Problem,
    programs: Sequence[Candidate],
    *,
    n: int = 50,
    written: Sequence[Test] = (),
    rng: np.random.Generator,
) -> list[CallTest]:
    """At most ``n`` calls to group programs by: those of written tests first, the rest drawn by type.

    Args:
        problem: Its signature and the calls of its visible tests say what the inputs are like.
        programs: Constants in their sources are mixed in; nothing is executed.
        n: Calls.
        written: Tests that a model wrote; only their inputs are used.
        rng: Draws the rest.
    """
    own = [test for test in problem.tests if isinstance(test, CallTest)]
    asked = {_call_key(test): test for test in written if isinstance(test, CallTest)}
    asked = {key: test for key, test in asked.items() if key not in {_call_key(test) for test in own}}
    calls = list(asked.values())[:n]
    known = [test.args for test in (*own, *calls) if not test.kwargs]
    sources = [program.source for program in programs[:50]]
    try:
        drawn = generate_inputs(problem.signature, known, n=n - len(calls), rng=rng, sources=sources)
    except BadInput:  # a model wrote calls that do not fit the signature
        drawn = generate_inputs(
            problem.signature,
            [test.args for test in own if not test.kwargs],
            n=n - len(calls),
            rng=rng,
            sources=sources,
        )
    return calls + [CallTest(problem.entry, args) for args in drawn]


def _call_key(test: CallTest) -> str:
    return repr((test.args, sorted(test.kwargs.items())))


def n_at_k(
    drawn: Verdicts,
    right: npt.ArrayLike,
    *,
    k: int,
    n: int = 10,
    n_examples: int = 0,
    selector: Selector = "clusters",
    n_resamples: int = 20,
    rng: np.random.Generator,
) -> float:
    """The chance that one of ``n`` submissions is right when ``k`` of these programs are drawn.

    Args:
        drawn: ``(all, examples + inputs)``, one row for every program drawn.
        right: ``(all,)`` whether it is right.
        k: Programs drawn, without replacement.
        n: Submissions.
        n_examples: How many columns are examples; they come first.
        selector: ``random``: any n; ``filter``: any n that pass the examples; ``clusters``: the method; ``oracle``:
            right if any of the k is.
        n_resamples: Draws of k.
        rng: Draws them, and breaks ties.

    Raises:
        BadInput: ``k`` is not in 1..all, or ``n`` is less than 1.
        BadShape: ``right`` does not fit.
    """
    truth = np.asarray(right, bool)
    total = drawn.shape[0]
    if truth.shape != (total,):
        raise BadShape(f"n_at_k: right must have shape {(total,)}, one for each program drawn, got {truth.shape}")
    if not 1 <= k <= total or n < 1:
        raise BadInput(f"n_at_k: needs 1 <= k <= {total} and n >= 1, got k={shorten(k)} and n={shorten(n)}")
    if selector in ("random", "oracle"):
        return float(pass_at_k(total, int(truth.sum()), min(n, k) if selector == "random" else k))
    solved = [
        _solved(drawn, truth, rng.permutation(total)[:k], n, n_examples, selector, rng) for _ in range(n_resamples)
    ]
    return float(np.mean(solved))


def _solved(
    drawn: Verdicts,
    truth: npt.NDArray[np.bool_],
    rows: npt.NDArray[np.int64],
    n: int,
    n_examples: int,
    selector: str,
    rng: np.random.Generator,
) -> float:
    part = drawn.take(rows.tolist())
    if selector == "filter":
        left = truth[rows[survivors(part.take(None, range(n_examples)))]]
        return float(pass_at_k(left.size, int(left.sum()), min(n, left.size))) if left.size else 0.0
    chosen = largest_clusters(part, k=n, rng=rng, given=range(n_examples))
    return float(truth[rows[chosen]].any())


def metadata_prompts(problem: Problem, *, n: int, rng: np.random.Generator) -> list[Prompt]:
    """``n`` prompts that differ in a made-up difficulty and tags: a model that knows contest data answers differently.

    A rating is drawn evenly from 800, 900, … 3500, one to three tags from a fixed list.
    """
    body = function_prompts(problem)
    made: list[Prompt] = []
    for _ in range(n):
        rating = 800 + 100 * int(rng.integers(28))
        tags = ", ".join(rng.choice(_TAGS, size=int(rng.integers(1, 4)), replace=False).tolist())
        made.append(f"# rating: {rating}\n# tags: {tags}\n# language: Python 3\n# verdict: accepted\n{body}")
    return made


@dataclass(frozen=True, slots=True)
class AlphaCode:
    """A Solver: many programs, filtered by the visible tests, grouped by behaviour; ten submissions, best first.

    Args:
        lm: Writes programs.
        executor: Where they run; already open.
        n_programs: Programs, where the budget has that many.
        n_inputs: Inputs to group by.
        k: Submissions; the first is the answer, the others are ``runners_up``.
        options: How to sample.
        metadata: This many different headers with a made-up rating and tags; 0 leaves the prompt as it is.
        limits: Per test.
        seed: Of inputs, headers and ties.
    """

    lm: LM
    executor: Executor
    n_programs: int = 1000
    n_inputs: int = 50
    k: int = 10
    options: SampleOptions = field(default=OPTIONS)
    metadata: int = 0
    limits: Limits | None = None
    seed: int = 0

    def __call__(self, problem: Problem, *, budget: Budget) -> Solution:
        """The answer; ``confidence`` is the share of the survivors that behave as the chosen program does."""
        clock, spent, rng = stopwatch(), Spent(), np.random.default_rng(self.seed)
        prompts = metadata_prompts(problem, n=self.metadata, rng=rng) if self.metadata else ()
        options: dict[str, Any] = {"budget": budget, "spent": spent, "options": self.options, "prompts": prompts}
        programs = draw_programs(problem, self.lm, n=self.n_programs, **options)
        if not programs:
            empty = Verdicts.empty([test.name for test in problem.tests])
            return Solution(problem.id, False, None, empty, -1, 0.0, budget.why_over(spent), spent)
        inputs = cluster_inputs(problem, programs, n=self.n_inputs, rng=rng)
        made = submit(programs, problem.tests, inputs, executor=self.executor, k=self.k, limits=self.limits, rng=rng)
        spent.runs += len({p.id for p in programs}) * len(problem.tests) + len(made.verdicts.candidates) * len(inputs)
        spent.cpu_seconds += float(np.nansum(made.verdicts.cpu_seconds))
        spent.seconds = clock()
        row, m = made.rows[0], len(problem.tests)
        share = made.sizes[0] / made.n_survivors
        return Solution(
            problem=problem.id,
            solved=bool(made.verdicts.take([row], range(m)).solved()[0]),
            candidate=made.programs[0],
            verdicts=made.verdicts,
            row=row,
            confidence=share,
            why=f"Confidence is the share of the {made.n_survivors} programs that passed the visible tests (of "
            f"{len(programs)} drawn) which behave as this one on {len(inputs)} other inputs.",
            spent=spent,
            runners_up=made.programs[1:],
        )
