"""Models that repair programs, one for each kind of feedback, so that the kinds can be compared.

All arms see the same problems, the same bugs, and the same number of examples, epochs and updates (arms with shorter
prompts have smaller batches of tokens); only what is said about the bug differs. One model can also be trained on all
kinds together: what they share (copying a program, where bugs tend to be) is then learned once, and what it is told
decides. Not covered: the arms themselves (``unriddle.train.feedback_plan``), and several rounds of repair.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from unriddle.benchmarks.nursery import task as task_of
from unriddle.contracts import Executor
from unriddle.data.formats.repair import KINDS
from unriddle.errors import BadInput, shorten
from unriddle.lm.base import SampleOptions
from unriddle.lm.hf_folder import tokenizer_digest
from unriddle.prompt.nursery import END, SPECIAL_TOKENS, read_program
from unriddle.train.checkpoint import replacing, replacing_file
from unriddle.train.feedback_plan import FeedbackPlan, arms_of, repair_examples, repair_prompts
from unriddle.train.models import new_model, save_model
from unriddle.train.objectives.sft import sft
from unriddle.train.packing import Encoded, PackedBatches
from unriddle.train.pool import digest, encode, keep_pool, kept_pool
from unriddle.train.repair_rounds import repair_in_rounds
from unriddle.train.tokenizer import train_tokenizer
from unriddle.train.trainer import Settings, StepReport, train

__all__ = ["prepare", "train_arm", "train_together", "write_rounds"]

_TOKENIZER_TEXTS = 8000


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
        arms = repair_examples(plan, workers)
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
    model = _trained(arm, plan, out, pools[arm], tokenizer, steps=steps, rows=rows, device=device, report=report)
    _write_samples(arm, plan, model, tokenizer, samples)
    return samples


def train_together(
    plan: FeedbackPlan,
    out: Path,
    *,
    device: str = "auto",
    workers: int | None = None,
    report: Callable[[StepReport], None] | None = None,
) -> list[Path]:
    """Train one model on all kinds of feedback, a bug once with each, and let it repair the held-out bugs told each of
    them, and told another problem's counterexample; the files of samples, as of ``train_arm``.

    Args:
        plan: What to do; an epoch is every bug with every kind.
        out: Folder that ``prepare`` made.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        workers: Processes that make problems, where data is missing.
        report: Called after every step.

    Raises:
        TrainError: Training had to stop; the last good checkpoint is kept.
    """
    tokenizer = prepare(plan, out, workers=workers)
    told = [*KINDS, "shuffled"]
    samples = {arm: out / "together" / f"{arm}.jsonl" for arm in told}
    missing = [arm for arm in told if not samples[arm].is_file()]
    if missing:
        pools = _pools(plan, out, tokenizer)
        pool = Encoded.joined([pools[arm] for arm in KINDS])
        n_tokens = int(pool.lengths[pool.lengths <= plan.row_tokens].sum())
        steps = max(1, round(plan.epochs * n_tokens / (plan.rows * plan.row_tokens)))
        model = _trained(
            "together", plan, out, pool, tokenizer, steps=steps, rows=plan.rows, device=device, report=report
        )
        for arm in missing:
            _write_samples(arm, plan, model, tokenizer, samples[arm])
    return list(samples.values())


def _trained(
    name: str,
    plan: FeedbackPlan,
    out: Path,
    pool: Encoded,
    tokenizer: Any,
    *,
    steps: int,
    rows: int,
    device: str,
    report: Callable[[StepReport], None] | None,
) -> Any:
    """A model that saw the pool; kept in ``out/name/model``."""
    model = new_model(tokenizer, size=plan.size, context=1024, seed=plan.seed)
    train(
        model,
        PackedBatches(pool, rows=rows, row_tokens=plan.row_tokens, seed=plan.seed),
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
        out=out / name,
        identity={"plan": json.dumps(dataclasses.asdict(plan)), "arm": name},
        report=report,
        resume=True,
    )
    save_model(model, tokenizer, folder=out / name / "model")
    return model


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


def write_rounds(
    plan: FeedbackPlan,
    out: Path,
    *,
    rounds: int,
    executor: Executor,
    device: str = "auto",
    say: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Let the model that ``train_together`` made repair what it wrote, for so many rounds, told each kind of feedback,
    and ask it the same again as often; a file of rows for each.

    Goes on where an earlier call stopped. The rows are those of ``repair_in_rounds``.

    Args:
        plan: The model's plan.
        out: Folder of the run.
        rounds: Programs of a chain at most.
        executor: Where the programs run.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        say: Told what is being done.

    Raises:
        BadInput: The model is not there.
    """
    from unriddle.lm.transformers import TransformersLM

    lm = TransformersLM(out / "together" / "model", device=device)
    paths = []
    for kind, resample in product(KINDS, (False, True)):
        paths.append(out / "together" / f"rounds-{rounds}" / f"{kind}{'-again' if resample else ''}.jsonl")
        if paths[-1].is_file():
            continue
        say(f"{kind}: {'asking the same again' if resample else 'repairing what was written'}")
        made = repair_in_rounds(lm, plan, kind, executor=executor, rounds=rounds, resample=resample)
        with replacing_file(paths[-1]) as fresh:
            fresh.write_text("".join(json.dumps(row) + "\n" for row in made), encoding="utf-8")
    return paths
