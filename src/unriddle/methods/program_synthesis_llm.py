"""Austin 2021: Program Synthesis with Large Language Models (arXiv 2108.07732).

Show a model a few solved tasks with their asserts, sample many programs for a new task, run them, and count. Around
that protocol the paper studies how the prompt matters, whether programs overfit the asserts they were shown, whether
a dialogue repairs them, and whether models can say what a program would return.

What differs from the paper: programs are read from text and judged outside their own process, so they cannot fake a
pass; pass@k is the unbiased estimator beside the paper's "solved by any of 80"; the wording of the role line is our
own; asserts shown and asserts that score can be different ones; the person in the dialogue is a feedback function.

Expected in the lab: at least 99 % of the 974 MBPP references pass their own asserts; among mutants of them, passing
the shown asserts predicts passing hidden tests better the more asserts are shown, and never for certain.

Not covered: fine-tuning on MBPP, and the overlap of references with a model's training text.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from unriddle.benchmarks.base import TaskBenchmark
from unriddle.benchmarks.metrics import Interval, bootstrap, pass_at_k
from unriddle.candidate import Candidate
from unriddle.contracts import Executor, Feedback
from unriddle.errors import BadInput, BadShape
from unriddle.lm.base import LM, Completion, SampleOptions
from unriddle.methods._execution_prediction import CallItem, Predictions, execution_prediction, execution_prompt
from unriddle.outcome import Limits, Status
from unriddle.problem import Problem
from unriddle.prompt import Exemplar, extract, few_shot
from unriddle.verdicts import Verdicts

__all__ = [
    "ERROR_CLASSES",
    "EXEMPLAR_IDS",
    "CallItem",
    "Dialogue",
    "Evaluation",
    "Overfit",
    "Predictions",
    "Turn",
    "assert_overfitting",
    "dialogue_repair",
    "error_class",
    "evaluate",
    "execution_prediction",
    "execution_prompt",
    "exemplars",
    "mathqa_prompt",
    "mbpp_prompt",
    "sample_programs",
]

EXEMPLAR_IDS = (2, 3, 4)
"""The MBPP tasks shown as solved examples; they and 1 to 10 stay out of the test split (11 to 510)."""

ERROR_CLASSES = ("syntax error", "type error", "runtime error", "wrong answer", "pass")
"""How a program ends. Limits, crashes and forbidden actions are runtime errors."""

_STOP = ("[DONE]", "[BEGIN]")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The paper's numbers over problems, each with its 95 % interval over problems.

    Attributes:
        n_problems: Problems with at least one candidate.
        solved_by_any: Share of problems that some candidate solves; grows with the number of candidates.
        sample_pass_rate: Mean over problems of the share of candidates that solve it.
        pass_at_k: Unbiased pass@k, for every k that all problems have enough candidates for.
        error_classes: Candidates per class of ``ERROR_CLASSES``.
        n_unknown: Candidates about which nothing could be told; they count nowhere else.
    """

    n_problems: int
    solved_by_any: Interval
    sample_pass_rate: Interval
    pass_at_k: dict[int, Interval]
    error_classes: dict[str, int]
    n_unknown: int


@dataclass(frozen=True, slots=True)
class Overfit:
    """P(pass every hidden test | pass the shown asserts), pooled over programs and choices of the shown ones.

    Attributes:
        n_shown: Asserts shown.
        rate: The conditional chance; NaN when nothing passed the shown asserts.
        n_passed: Pairs of a program and a choice of shown asserts that passed.
    """

    n_shown: int
    rate: float
    n_passed: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a dialogue: the program, its row ``(1, m)`` on the visible tests, the feedback ("" at the end)."""

    candidate: Candidate
    verdicts: Verdicts
    feedback: str


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A repair dialogue; ``solved`` means that the last program passes every visible test."""

    turns: tuple[Turn, ...]
    solved: bool


def exemplars(benchmark: TaskBenchmark, *, ids: Sequence[int | str] = EXEMPLAR_IDS) -> list[Exemplar]:
    """Solved tasks of a benchmark, in this order, to be shown before other tasks.

    Raises:
        BadInput: The benchmark has no such task, or no reference program for it.
    """
    tasks = [benchmark.task(name) for name in ids]
    for task in tasks:
        if not task.reference:
            raise BadInput(f"exemplars: {task.problem.id} of {benchmark.name} has no reference program; take another")
    return [Exemplar(task.problem, task.reference.replace("\r\n", "\n").strip()) for task in tasks]


def mbpp_prompt(
    problem: Problem,
    shown: Sequence[Exemplar],
    *,
    n_asserts: int = 3,
    role: str = "You write correct Python programs.",
) -> str:
    """The few-shot prompt: each exemplar and the problem with its asserts, programs between [BEGIN] and [DONE].

    Args:
        problem: What is asked; its visible tests are the asserts.
        shown: Solved tasks (see ``exemplars``; the paper studied 0 to 5 of them).
        n_asserts: How many asserts of each task are shown, 0 to 3.
        role: First line; pass the paper's own wording to repeat its figures.

    Raises:
        BadInput: ``n_asserts`` is negative.
    """
    if n_asserts < 0:
        raise BadInput(f"mbpp_prompt: n_asserts must be 0 or more, got {n_asserts}")
    asserts = "Your code should pass these tests:\n{tests}\n" if n_asserts else "The function is `{signature}`\n"
    return few_shot(problem, shown, intro=role, task="Task: {statement}\n" + asserts, n_tests=n_asserts)


def mathqa_prompt(problem: Problem, shown: Sequence[Exemplar]) -> str:
    """The MathQA-Python prompt: the question in words, the answer as a program, no asserts (they give it away)."""
    return few_shot(problem, shown, intro="", task="Task: {statement}\n", n_tests=0)


def sample_programs(
    lm: LM,
    problems: Sequence[Problem],
    *,
    prompts: Sequence[Callable[[Problem], str]],
    n: int = 80,
    temperature: float = 0.5,
    max_tokens: int = 512,
    seed: int | None = 0,
) -> dict[str, list[Candidate]]:
    """``n`` programs per problem, by problem id.

    Args:
        lm: Any language model.
        problems: What is asked.
        prompts: How a problem is put. Several are an ensemble: the n draws are dealt out among them as evenly as can
            be, so ensembles are compared at the same total.
        n: Programs per problem, over all prompts together.
        temperature: The paper's 0.5.
        max_tokens: The paper's 512.
        seed: For reproducible draws.

    Raises:
        BadInput: There are no prompts, or fewer draws than prompts.
        LMError: The model cannot answer.
    """
    if not prompts or n < len(prompts):
        raise BadInput(f"sample_programs: needs 1 to n prompts to deal {n} draws among, got {len(prompts)}")
    options = SampleOptions(temperature=temperature, max_tokens=max_tokens, stop=_STOP, seed=seed)
    found: dict[str, list[Candidate]] = {problem.id: [] for problem in problems}
    for number, put in enumerate(prompts):
        share = n // len(prompts) + (number < n % len(prompts))
        answers = lm.sample([put(problem) for problem in problems], n=share, options=options) if problems else []
        for problem, draws in zip(problems, answers, strict=True):
            found[problem.id].extend(_candidate(draw, problem, share, lm.name) for draw in draws)
    return found


def _candidate(draw: Completion, problem: Problem, share: int, proposer: str) -> Candidate:
    source = _as_function(extract(draw.text, problem, style="few_shot"), problem.entry)
    tokens = draw.completion_tokens + -(-draw.prompt_tokens // share)
    return Candidate(source, prior=draw.logprob, proposer=proposer, n_tokens=tokens)


def _as_function(source: str, entry: str) -> str:
    """Straight-line code that ends in ``answer`` becomes the function that is asked for (MathQA's form)."""
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return source
    straight = all(isinstance(node, ast.Assign | ast.Import | ast.ImportFrom | ast.Expr) for node in body)
    stored = {t.id for node in body if isinstance(node, ast.Assign) for t in node.targets if isinstance(t, ast.Name)}
    if not body or not straight or "answer" not in stored:
        return source
    return f"def {entry}():\n{textwrap.indent(ast.unparse(ast.Module(body, [])), '    ')}\n    return answer\n"


def error_class(verdicts: Verdicts, row: int) -> str:
    """The class of one candidate, of ``ERROR_CLASSES``: its first cell that did not pass; "" when nothing is known.

    Args:
        verdicts: ``(n, m)``.
        row: Which candidate.
    """
    cells = [j for j in range(verdicts.shape[1]) if verdicts.known[row, j]]
    if not cells:
        return ""
    bad = next((j for j in cells if verdicts.status[row, j] != Status.PASS), None)
    if bad is None:
        return "pass"
    status, detail = Status(int(verdicts.status[row, bad])), verdicts.details.get((row, bad))
    if status is Status.FAIL:
        return "wrong answer"
    error = detail.error if detail else ""
    if status is Status.ERROR and error.startswith(("SyntaxError", "IndentationError", "TabError")):
        return "syntax error"
    return "type error" if status is Status.ERROR and error.startswith("TypeError") else "runtime error"


def evaluate(
    verdicts: Mapping[str, Verdicts], *, ks: Sequence[int] = (1, 10, 80), rng: np.random.Generator | None = None
) -> Evaluation:
    """The paper's numbers from the verdicts of every problem on the tests that score.

    Args:
        verdicts: ``(n_i, m_i)`` by problem id.
        ks: Which pass@k; those beyond the smallest number of candidates are left out.
        rng: Draws the resamples of the intervals; a fixed seed when ``None``.

    Raises:
        BadInput: No problem has a candidate about which anything is known.
    """
    rng = rng or np.random.default_rng(0)
    classes = [[error_class(v, i) for i in range(v.shape[0])] for v in verdicts.values()]
    known = [[name for name in names if name] for names in classes]
    counts = [(len(names), names.count("pass")) for names in known if names]
    if not counts:
        raise BadInput("evaluate: no problem has a judged candidate; check that the samples belong to the tasks")
    n, c = np.array(counts).T
    everything = [name for names in known for name in names]
    return Evaluation(
        n_problems=len(counts),
        solved_by_any=bootstrap((c > 0).astype(float), rng=rng),
        sample_pass_rate=bootstrap(c / n, rng=rng),
        pass_at_k={k: bootstrap(pass_at_k(n, c, k), rng=rng) for k in ks if k <= n.min()},
        error_classes={name: everything.count(name) for name in ERROR_CLASSES},
        n_unknown=sum(len(names) for names in classes) - len(everything),
    )


def assert_overfitting(verdicts: Mapping[str, Verdicts], *, n_asserts: int = 3) -> tuple[Overfit, ...]:
    """How far passing 1, 2, … shown asserts tells that hidden tests pass too.

    Args:
        verdicts: By problem id, ``(n_i, n_asserts + h_i)`` with the asserts first and one or more hidden tests after.
            Every choice of the shown asserts is averaged over.
        n_asserts: How many leading columns may be shown.

    Returns:
        One ``Overfit`` for 1, 2, …, ``n_asserts`` shown.

    Raises:
        BadShape: A problem has no hidden column.
    """
    for task, v in verdicts.items():
        if v.shape[1] <= n_asserts:
            raise BadShape(f"assert_overfitting: {task} has {v.shape[1]} tests; it needs {n_asserts} asserts and more")
    out = []
    for size in range(1, n_asserts + 1):
        both = passed = 0
        for v in verdicts.values():
            hidden = v.passed[:, n_asserts:].all(axis=1)
            for shown in combinations(range(n_asserts), size):
                good = v.passed[:, list(shown)].all(axis=1)
                passed += int(good.sum())
                both += int((good & hidden).sum())
        out.append(Overfit(size, both / passed if passed else float("nan"), passed))
    return tuple(out)


def dialogue_repair(
    lm: LM,
    problem: Problem,
    *,
    prompt: str,
    feedback: Feedback,
    executor: Executor,
    max_turns: int = 4,
    temperature: float = 0.5,
    max_tokens: int = 512,
    seed: int | None = 0,
    limits: Limits | None = None,
) -> Dialogue:
    """A first program and up to ``max_turns`` repairs, each after a line of feedback on what went wrong.

    The history is one growing text: problem, program, feedback, program, …. It ends at the first program that passes
    every visible test.

    Args:
        lm: Any language model.
        problem: With at least one visible test.
        prompt: How the problem is put, ending at an open [BEGIN].
        feedback: Turns a program and its row into text.
        executor: Where programs run.
        max_turns: Most feedback messages; the paper's 4.
        temperature: The paper's 0.5.
        max_tokens: Per program.
        seed: For reproducible draws.
        limits: Per test.

    Raises:
        BadInput: The problem has no visible tests, or ``max_turns`` is negative.
        LMError: The model cannot answer.
    """
    if not problem.tests or max_turns < 0:
        raise BadInput(f"dialogue_repair: {problem.id} needs visible tests and max_turns of 0 or more, got {max_turns}")
    options = SampleOptions(temperature=temperature, max_tokens=max_tokens, stop=_STOP, seed=seed)
    turns: list[Turn] = []
    for turn in range(max_turns + 1):
        candidate = _candidate(lm.sample([prompt], n=1, options=options)[0][0], problem, 1, lm.name)
        row = executor.run([candidate], problem.tests, limits=limits or Limits())
        solved = bool(row.solved()[0])
        said = "" if solved or turn == max_turns else feedback(candidate, row)
        turns.append(Turn(candidate, row, said))
        if solved:
            break
        prompt += f"{candidate.source.strip()}\n[DONE]\n{said}\n[BEGIN]\n"
    return Dialogue(tuple(turns), bool(turns[-1].verdicts.solved()[0]))
