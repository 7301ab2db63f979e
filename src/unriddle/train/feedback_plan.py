"""The plan of a comparison of kinds of feedback, and what the models of its arms are shown.

Arms: nothing is said (``none``), the error, a counterexample, the trace and the blocks of the failing call (after the
counterexample), the trace beside the planned values (``plan``: those of the right program, which a model would have to
work out), the counterexample of another problem (``shuffled``), and no bug at all, the program written anew from the
statement (``rewrite``). Bugs are mutants of the generated world that a visible case shows; problems that are judged
have structures that no arm is trained on. The statements of that world leave nothing open, so a plan can hide them:
then only the bug and what is said about it tell what was meant, and there is no arm that writes anew. Not covered: bugs
that a model made itself.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np

from unriddle.data.formats import FORMATS, Example
from unriddle.data.formats.repair import fix_all
from unriddle.data.world import WorldProblem, generate
from unriddle.errors import BadInput
from unriddle.train.optim import OptimizerName
from unriddle.train.pool import Mixture, make_examples

__all__ = ["ARMS", "FeedbackPlan", "arms_of", "repair_examples", "repair_prompts", "without_statement"]

ARMS = ("none", "error", "counterexample", "trace", "blocks", "plan", "shuffled", "rewrite")
"""What is said about the bug; see the module."""

_HELD_OUT_SEED = 5


@dataclass(frozen=True, slots=True)
class FeedbackPlan:
    """Everything that decides the models, apart from the arm.

    Args:
        size: A key of ``unriddle.train.models.SIZES``.
        n_problems: Training problems; a problem without a mutant that a visible case shows gives no example.
        levels: Level and share of the problems.
        epochs: How often every example is seen.
        vocabulary: Tokens.
        rows: Rows per batch of the arm with the longest prompts; other arms get fewer, so that updates are equal.
        row_tokens: Tokens per row; longer examples are left out.
        lr: Highest learning rate.
        optimizer: ``"adamw"``, ``"lion"`` or ``"muon"``.
        eval_problems: Held-out bugs that are to be repaired.
        draws: Programs for each, besides the greedy one.
        temperature: Of the draws.
        statement: Whether the prompts have the problem's statement.
        precision: ``"auto"`` means bf16 on a GPU that has it and float32 elsewhere; bf16 is twice as fast on CPUs that
            have it.
        seed: Decides everything.

    Raises:
        BadInput: A number is out of range.
    """

    size: str = "1m"
    n_problems: int = 12_000
    levels: tuple[tuple[int, float], ...] = ((1, 0.5), (2, 0.5))
    epochs: float = 1.0
    vocabulary: int = 1024
    rows: int = 8
    row_tokens: int = 768
    lr: float = 1e-2
    optimizer: OptimizerName = "muon"
    eval_problems: int = 300
    draws: int = 10
    temperature: float = 0.8
    statement: bool = True
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("n_problems", "vocabulary", "rows", "row_tokens", "eval_problems", "draws"):
            if getattr(self, name) < 1:
                raise BadInput(f"FeedbackPlan: {name} must be 1 or more, got {getattr(self, name)!r}")
        if not self.epochs > 0:
            raise BadInput(f"FeedbackPlan: epochs must be more than 0, got {self.epochs!r}")


def arms_of(plan: FeedbackPlan) -> tuple[str, ...]:
    """The arms that a plan can have: without statements nothing can be written anew."""
    return ARMS if plan.statement else tuple(arm for arm in ARMS if arm != "rewrite")


def repair_examples(plan: FeedbackPlan, workers: int | None) -> dict[str, list[Example]]:
    """Every arm's examples, ``(n,)`` each, of the same bugs in the same order."""
    formats = (("fix_all", 1.0), ("program_plain", 1.0))
    made = make_examples(Mixture(plan.n_problems, plan.levels, formats, plan.seed), workers=workers)
    arms: dict[str, list[Example]] = {arm: [] for arm in arms_of(plan)}
    for one in made:
        if one.task != "program_plain":
            shown = one if plan.statement else dataclasses.replace(one, prompt=without_statement(one.prompt))
            arms[one.task.removeprefix("fix_")].append(shown)
    if plan.statement:
        plain = {one.problem: one for one in made if one.task == "program_plain"}
        arms["rewrite"] = [plain[one.problem] for one in arms["none"]]
    arms["shuffled"] = _shuffled(arms["counterexample"], plan.seed)
    return arms


def _shuffled(examples: Sequence[Example], seed: int) -> list[Example]:
    """The same examples with the feedback of another one, along one cycle through all of them."""
    order = np.random.default_rng([seed, 2]).permutation(len(examples))
    said = [_feedback_of(one.prompt) for one in examples]
    made = list(examples)
    for at, i in enumerate(order.tolist()):
        before, _, after = _parts(examples[i].prompt)
        other = said[order[(at + 1) % len(order)]]
        made[i] = dataclasses.replace(examples[i], prompt=f"{before}{other}{after}", task="fix_shuffled")
    return made


def _parts(prompt: str) -> tuple[str, str, str]:
    """What stands before the feedback, the feedback with its marker, and what stands behind it."""
    before, _, rest = prompt.partition("<|feedback|>")
    said, _, after = rest.partition("<|program|>")
    return before, f"<|feedback|>{said}", f"<|program|>{after}"


def without_statement(prompt: str) -> str:
    """The prompt of a repair, with nothing between the markers of statement and bug."""
    before, _, rest = prompt.partition("<|statement|>")
    return f"{before}<|statement|><|bug|>{rest.partition('<|bug|>')[2]}"


def _feedback_of(prompt: str) -> str:
    return _parts(prompt)[1]


def repair_prompts(plan: FeedbackPlan) -> list[tuple[WorldProblem, dict[str, str]]]:
    """``(eval_problems,)`` held-out problems with a bug each, and the prompt of every arm for the same bug."""
    levels = tuple(level for level, _ in plan.levels)
    found: list[tuple[WorldProblem, dict[str, str]]] = []
    stream: Iterator[WorldProblem] = generate(levels=levels, split="held_out", seed=_HELD_OUT_SEED + plan.seed)
    for number, problem in enumerate(islice(stream, 20 * plan.eval_problems)):
        made = fix_all(problem, np.random.default_rng([plan.seed, number]))
        if not made:
            continue
        prompts = {one.task.removeprefix("fix_"): one.prompt for one in made}
        if plan.statement:
            prompts["rewrite"] = FORMATS["program_plain"](problem, np.random.default_rng(0))[0].prompt
        else:
            prompts = {arm: without_statement(prompt) for arm, prompt in prompts.items()}
        found.append((problem, prompts))
        if len(found) == plan.eval_problems:
            break
    said = [_feedback_of(prompts["counterexample"]) for _, prompts in found]
    for i, (_, prompts) in enumerate(found):
        before, _, after = _parts(prompts["counterexample"])
        prompts["shuffled"] = f"{before}{said[(i + 1) % len(said)]}{after}"
    return found
