"""Models that repair programs, one for each kind of feedback, so that the kinds can be compared.

All arms see the same problems, the same bugs, and the same number of examples, epochs and updates (arms with shorter
prompts have smaller batches of tokens); only what is said about the bug differs. Arms: nothing is said (``none``), the
error, a counterexample, the trace and the blocks of the failing call (after the counterexample), the trace beside the
planned values (``plan``: those of the right program, which a model would have to work out), the counterexample of
another problem (``shuffled``), and no bug at all, the program written anew from the statement (``rewrite``). Bugs are
mutants of the generated world that a visible case shows; problems that are judged have structures that no arm was
trained on. The statements of that world leave nothing open, so a plan can hide them: then only the bug and what is said
about it tell what was meant, and there is no arm that writes anew. Not covered: bugs that a model made itself, and
several rounds of repair.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np

from unriddle.benchmarks.nursery import task as task_of
from unriddle.data.formats import FORMATS, Example
from unriddle.data.formats.repair import fix_all
from unriddle.data.world import WorldProblem, generate
from unriddle.errors import BadInput, shorten
from unriddle.lm.base import SampleOptions
from unriddle.lm.hf_folder import tokenizer_digest
from unriddle.prompt.nursery import END, SPECIAL_TOKENS, read_program
from unriddle.train.checkpoint import replacing, replacing_file
from unriddle.train.models import new_model, save_model
from unriddle.train.objectives.sft import sft
from unriddle.train.optim import OptimizerName
from unriddle.train.packing import Encoded, PackedBatches
from unriddle.train.pool import Mixture, digest, encode, keep_pool, kept_pool, make_examples
from unriddle.train.tokenizer import train_tokenizer
from unriddle.train.trainer import Settings, StepReport, train

__all__ = ["ARMS", "FeedbackPlan", "arms_of", "prepare", "repair_prompts", "train_arm"]

ARMS = ("none", "error", "counterexample", "trace", "blocks", "plan", "shuffled", "rewrite")
"""What is said about the bug; see the module."""

_TOKENIZER_TEXTS = 8000
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


def prepare(
    plan: FeedbackPlan, out: Path, *, workers: int | None = None, say: Callable[[str], None] = lambda _: None
) -> Any:
    """Make the examples of every arm into ``out/data`` and the tokenizer that all arms share; the tokenizer.

    What is there already is kept.

    Args:
        plan: What to make.
        out: Folder of the run.
        workers: Processes that make problems.
        say: Told what is being done.

    Raises:
        BadInput: ``out`` holds another plan.
        MissingExtra: torch or transformers are not installed.
    """
    _check_plan(plan, out)
    folder = out / "tokenizer"
    if not (folder / "tokenizer.json").is_file():
        say(f"making {plan.n_problems:,} problems")
        arms = _make_examples(plan, workers)
        texts = [one.prompt + one.target for arm in arms if arm != "shuffled" for one in arms[arm]]
        chosen = np.random.default_rng([plan.seed, 1]).permutation(len(texts))[:_TOKENIZER_TEXTS]
        tokenizer = train_tokenizer((texts[i] for i in chosen), special=SPECIAL_TOKENS, vocabulary=plan.vocabulary)
        say(f"{len(arms['none']):,} bugs; cutting them into tokens")
        for arm, examples in arms.items():
            pool = encode(examples, tokenizer)
            keep_pool(out / "data" / f"{arm}.npz", pool, key=_pool_key(plan, arm, tokenizer))
        with replacing(folder) as fresh:  # last: what stands here is whole
            tokenizer.save_pretrained(fresh)
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(folder, local_files_only=True)


def _pool_key(plan: FeedbackPlan, arm: str, tokenizer: Any) -> str:
    return digest(dataclasses.asdict(plan), arm, tokenizer_digest(tokenizer))


def _pools(plan: FeedbackPlan, out: Path, tokenizer: Any) -> dict[str, Encoded]:
    """The examples of every arm, in the same order."""
    pools = {arm: kept_pool(out / "data" / f"{arm}.npz", key=_pool_key(plan, arm, tokenizer)) for arm in arms_of(plan)}
    missing = [arm for arm, pool in pools.items() if pool is None]
    if missing:
        raise BadInput(f"{out}/data holds no examples of {missing[0]} that fit this plan; use another folder")
    return {arm: pool for arm, pool in pools.items() if pool is not None}


def _check_plan(plan: FeedbackPlan, out: Path) -> None:
    path = out / "plan.json"
    now = json.loads(json.dumps(dataclasses.asdict(plan)))
    if path.is_file():
        before = json.loads(path.read_text(encoding="utf-8"))
        for name, value in now.items():
            if before.get(name) != value:
                raise BadInput(
                    f"{out} holds a run with another {name}: {shorten(before.get(name))}, now {shorten(value)}; use "
                    "the same options to go on, or another folder"
                )
        return
    with replacing_file(path) as fresh:
        fresh.write_text(json.dumps(now, indent=1), encoding="utf-8")


def _make_examples(plan: FeedbackPlan, workers: int | None) -> dict[str, list[Example]]:
    """Every arm's examples, ``(n,)`` each, of the same bugs in the same order."""
    formats = (("fix_all", 1.0), ("program_plain", 1.0))
    made = make_examples(Mixture(plan.n_problems, plan.levels, formats, plan.seed), workers=workers)
    arms: dict[str, list[Example]] = {arm: [] for arm in arms_of(plan)}
    for one in made:
        if one.task != "program_plain":
            shown = one if plan.statement else dataclasses.replace(one, prompt=_without_statement(one.prompt))
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


def _without_statement(prompt: str) -> str:
    before, _, rest = prompt.partition("<|statement|>")
    return f"{before}<|statement|><|bug|>{rest.partition('<|bug|>')[2]}"


def _feedback_of(prompt: str) -> str:
    return _parts(prompt)[1]


def train_arm(
    arm: str,
    plan: FeedbackPlan,
    out: Path,
    *,
    device: str = "auto",
    workers: int | None = None,
    report: Callable[[StepReport], None] | None = None,
) -> Path:
    """Train one arm, let it repair the held-out bugs, and keep what it wrote; the file of samples.

    Goes on where an earlier run stopped. Programs are not run here. Each line of the file holds a problem's id, the
    arm, ``draw`` (−1 for the greedy one) and the program.

    Args:
        arm: One of ``arms_of(plan)``.
        plan: What to do.
        out: Folder that ``prepare`` made.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        workers: Processes that make problems, where data is missing.
        report: Called after every step.

    Raises:
        BadInput: There is no such arm.
        TrainError: Training had to stop; the last good checkpoint is kept.
    """
    if arm not in arms_of(plan):
        raise BadInput(f"train_arm: arm must be one of {', '.join(arms_of(plan))}; got {shorten(arm)}")
    tokenizer = prepare(plan, out, workers=workers)
    samples = out / f"{arm}.jsonl"
    if samples.is_file():
        return samples
    pools = _pools(plan, out, tokenizer)
    tokens = {name: int(pool.lengths[pool.lengths <= plan.row_tokens].sum()) for name, pool in pools.items()}
    longest = max(tokens.values())
    steps = max(1, round(plan.epochs * longest / (plan.rows * plan.row_tokens)))
    rows = max(1, round(plan.rows * tokens[arm] / longest))
    batches = PackedBatches(pools[arm], rows=rows, row_tokens=plan.row_tokens, seed=plan.seed)
    model = new_model(tokenizer, size=plan.size, context=1024, seed=plan.seed)
    train(
        model,
        batches,
        objective=sft,
        settings=Settings(
            steps=steps,
            lr=plan.lr,
            optimizer=plan.optimizer,
            warmup=max(1, steps // 20),
            floor=0.02,
            save_every=max(50, steps // 5),
            precision=plan.precision,
            device=device,
            seed=plan.seed,
        ),
        out=out / arm,
        identity={"plan": json.dumps(dataclasses.asdict(plan)), "arm": arm},
        report=report,
        resume=True,
    )
    save_model(model, tokenizer, folder=out / arm / "model")
    _write_samples(arm, plan, model, tokenizer, samples)
    return samples


def _write_samples(arm: str, plan: FeedbackPlan, model: Any, tokenizer: Any, path: Path) -> None:
    from unriddle.lm.transformers import TransformersLM

    lm = TransformersLM.of(model, tokenizer, name=f"repair-{arm}", rows=512 if model.device.type == "cuda" else 64)
    chosen = repair_prompts(plan)
    prompts = [prompts[arm] for _, prompts in chosen]
    drawn = SampleOptions(temperature=plan.temperature, max_tokens=200, stop=(END,), seed=plan.seed)
    greedy = SampleOptions(temperature=0, max_tokens=200, stop=(END,))
    sampled, likeliest = lm.sample(prompts, n=plan.draws, options=drawn), lm.sample(prompts, options=greedy)
    with replacing_file(path) as fresh, fresh.open("w", encoding="utf-8") as file:
        for (problem, _), draws, (best,) in zip(chosen, sampled, likeliest, strict=True):
            for k, one in enumerate([best, *draws], -1):
                program = read_program(one.text, task_of(problem).problem)
                row = {"problem": problem.id, "arm": arm, "draw": k, "program": program}
                file.write(json.dumps(row) + "\n")


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
            prompts = {arm: _without_statement(prompt) for arm, prompt in prompts.items()}
        found.append((problem, prompts))
        if len(found) == plan.eval_problems:
            break
    said = [_feedback_of(prompts["counterexample"]) for _, prompts in found]
    for i, (_, prompts) in enumerate(found):
        before, _, after = _parts(prompts["counterexample"])
        prompts["shuffled"] = f"{before}{said[(i + 1) % len(said)]}{after}"
    return found
