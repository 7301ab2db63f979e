"""The nursery: small models that learn to program in the generated world, from nothing, on this machine.

``grow`` makes the data, trains the tokenizer and the model, judges it by execution on held-out structures, and leaves
an ordinary Hugging Face folder that ``hf:FOLDER`` loads. A recipe (``recipes``) says everything. Plans are in
steps, not in minutes: a run that was killed goes on exactly where its last checkpoint is. Not covered: learning from
verdicts.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from unriddle.benchmarks import nursery as world
from unriddle.errors import BadInput, MissingExtra, shorten
from unriddle.lm.hf_folder import need_torch, tokenizer_digest
from unriddle.prompt.nursery import SPECIAL_TOKENS
from unriddle.train.checkpoint import replacing, replacing_file
from unriddle.train.models import count_parameters, new_model, save_model
from unriddle.train.objectives.sft import sft
from unriddle.train.packing import Encoded, PackedBatches
from unriddle.train.pool import digest, encode, keep_pool, kept_pool, make_examples, pool_digest, shuffled_pairs
from unriddle.train.recipes import Recipe
from unriddle.train.tokenizer import train_tokenizer
from unriddle.train.trainer import StepReport, Trained, train

if TYPE_CHECKING:
    from unriddle.contracts import Executor

__all__ = ["Grown", "grow"]

_TOKENIZER_TEXTS = 8000
"""Examples the tokenizer learns from; more of them change no merge that matters."""


@dataclass(frozen=True, slots=True)
class Grown:
    """A model that was trained.

    Attributes:
        folder: The Hugging Face folder; ``hf:FOLDER`` loads it.
        recipe: What it was made by.
        n_parameters: Its weights.
        n_examples: Examples in the pool, without those longer than a row.
        trained: How training ended.
        evaluation: ``{"level 1": {"pass@1": {"value", "low", "high"}, …}, …}`` on held-out structures.
        seconds: Wall seconds of each part: ``data``, ``training``, ``evaluation``.
    """

    folder: Path
    recipe: Recipe
    n_parameters: int
    n_examples: int
    trained: Trained
    evaluation: Mapping[str, Any]
    seconds: Mapping[str, float]

    def as_dict(self) -> dict[str, Any]:
        """As plain data, for files and ``--json``."""
        plain = dataclasses.asdict(self)
        return {**plain, "folder": str(self.folder), "recipe": dataclasses.asdict(self.recipe)}


@dataclass(frozen=True, slots=True)
class _Prepared:
    """Tokenizer and pool."""

    tokenizer: Any
    pool: Encoded


def grow(
    recipe: Recipe,
    *,
    out: Path,
    executor: Executor,
    seed: int = 0,
    resume: bool = False,
    shuffle_pairs: bool = False,
    minutes: float | None = None,
    device: str = "auto",
    say: Callable[[str], None] = lambda message: None,
    report: Callable[[StepReport], None] | None = None,
) -> Grown:
    """Make the data, train, evaluate, and write the model to ``out/model``.

    Args:
        recipe: What to make.
        out: Holds everything: ``plan.json``, ``data/``, ``checkpoints/``, ``metrics.jsonl``, ``curve.png``, ``model/``.
        executor: Where programs run in evaluations.
        seed: Decides data, weights and order.
        resume: Go on in ``out``.
        shuffle_pairs: The control: statements are paired with other problems' programs.
        minutes: Plan as many tokens as take this long to train on, by a short trial; measured once, then fixed.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        say: Told what is being done.
        report: Called after every step and evaluation.

    Raises:
        BadInput: ``out`` holds another run, or one and ``resume`` is off.
        TrainError: Training had to stop; the last good checkpoint is kept.
    """
    began = time.perf_counter()
    plan = {"recipe": _plain(recipe), "seed": seed, "shuffle_pairs": shuffle_pairs}
    kept = _kept_plan(out, plan, resume=resume)
    ready = _prepare(recipe, out / "data", seed=seed, shuffle_pairs=shuffle_pairs, say=say)
    model = new_model(ready.tokenizer, size=recipe.size, context=recipe.context, seed=seed)
    batches = PackedBatches(ready.pool, rows=recipe.rows, row_tokens=recipe.row_tokens, seed=seed)
    if kept is not None:
        recipe = dataclasses.replace(recipe, tokens=kept)
    elif minutes is not None:
        recipe = dataclasses.replace(recipe, tokens=_affordable(recipe, ready, batches, minutes, device, say))
    _write_json(out / "plan.json", {"schema": 1, **plan, "tokens": recipe.tokens, "minutes": minutes})
    data_seconds = time.perf_counter() - began
    say(
        f"training {recipe.size} ({count_parameters(model):,} weights) for {recipe.steps:,} steps of "
        f"{recipe.rows * recipe.row_tokens * recipe.accumulate:,} tokens on {len(ready.pool):,} examples"
    )
    trained = train(
        model,
        batches,
        objective=sft,
        settings=recipe.settings(seed=seed, device=device),
        out=out,
        identity={
            "tokenizer": tokenizer_digest(ready.tokenizer),
            "data": pool_digest(ready.pool),
            "plan": digest(_plain(recipe)),
        },
        evaluate=_evaluator(recipe, ready.tokenizer, executor),
        report=_drawing(out, max(1, recipe.steps // 10), report),
        resume=resume,
    )
    save_model(model, ready.tokenizer, folder=out / "model")
    say("judging programs for held-out problems")
    judged_from = time.perf_counter()
    evaluation = _judge(recipe, model, ready.tokenizer, executor)
    grown = Grown(
        folder=out / "model",
        recipe=recipe,
        n_parameters=count_parameters(model),
        n_examples=len(ready.pool) - batches.n_too_long,
        trained=trained,
        evaluation=evaluation,
        seconds={
            "data": data_seconds,
            "training": trained.seconds,
            "evaluation": time.perf_counter() - judged_from,
        },
    )
    about = {"schema": 1, "prompt": "nursery", "tokenizer": tokenizer_digest(ready.tokenizer), "seed": seed}
    _write_json(out / "model" / "unriddle.json", {**about, "shuffle_pairs": shuffle_pairs, **grown.as_dict()})
    return grown


def _kept_plan(out: Path, plan: Mapping[str, Any], *, resume: bool) -> int | None:
    """The tokens that an earlier process of this run planned; ``None`` when this is the first."""
    path = out / "plan.json"
    if not path.is_file():
        return None
    if not resume:
        raise BadInput(f"{out} holds a run already; go on with --resume, or choose another --out")
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        tokens = int(kept["tokens"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path} is damaged ({error}); choose another --out") from error
    for name, value in plan.items():
        if kept.get(name) != value:
            name, before, now = _difference(name, kept.get(name), value)
            raise BadInput(
                f"{out} holds a run with another {name}: {shorten(before)}, now {shorten(now)}; use the same "
                "options to go on, or choose another --out"
            )
    return tokens


def _difference(name: str, before: Any, now: Any) -> tuple[str, Any, Any]:
    """What differs, as far down as it has a name."""
    if isinstance(before, dict) and isinstance(now, dict):
        key = next(key for key in {**now, **before} if before.get(key) != now.get(key))
        return f"{name} ({key})", before.get(key), now.get(key)
    return name, before, now


def _prepare(recipe: Recipe, folder: Path, *, seed: int, shuffle_pairs: bool, say: Callable[[str], None]) -> _Prepared:
    """Tokenizer and pool, from the folder where they were made before."""
    need_torch("training a model")
    from transformers import AutoTokenizer

    mixture = recipe.mixture(seed)
    key = digest(dataclasses.asdict(mixture), recipe.vocabulary, shuffle_pairs)
    if (folder / "tokenizer" / "tokenizer.json").is_file():
        tokenizer = AutoTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True)
        pool = kept_pool(folder / "pool.npz", key=digest(key, tokenizer_digest(tokenizer)))
        if pool is not None:
            return _Prepared(tokenizer, pool)
    say(f"making {mixture.n_problems:,} problems")
    examples = make_examples(mixture, report=_every(mixture.n_problems // 5, say))
    texts = [example.prompt + example.target for example in examples]
    rng = np.random.default_rng([seed, 1])
    chosen = rng.permutation(len(texts))[:_TOKENIZER_TEXTS]
    tokenizer = train_tokenizer((texts[i] for i in chosen), special=SPECIAL_TOKENS, vocabulary=recipe.vocabulary)
    if shuffle_pairs:
        examples = shuffled_pairs(examples, rng=rng)
    pool = encode(examples, tokenizer)
    with replacing(folder / "tokenizer") as fresh:
        tokenizer.save_pretrained(fresh)
    keep_pool(folder / "pool.npz", pool, key=digest(key, tokenizer_digest(tokenizer)))
    return _Prepared(tokenizer, pool)


def _every(portion: int, say: Callable[[str], None]) -> Callable[[int], None]:
    """Says how many problems are made, once per portion."""
    said = 0

    def report(done: int) -> None:
        nonlocal said
        if done - said >= max(portion, 2000):
            said = done
            say(f"{done:,} problems made")

    return report


def _affordable(
    recipe: Recipe, ready: _Prepared, batches: PackedBatches, minutes: float, device: str, say: Callable[[str], None]
) -> int:
    """Tokens that fit into the minutes, by a trial of a few seconds on a model that is thrown away."""
    import tempfile

    if not minutes > 0:
        raise BadInput(f"grow: minutes must be more than 0, got {minutes!r}")
    model = new_model(ready.tokenizer, size=recipe.size, context=recipe.context)
    settings = dataclasses.replace(
        recipe.settings(seed=0, device=device), steps=6, warmup=0, eval_every=0, save_every=0
    )
    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        train(
            model, batches, objective=sft, settings=settings, out=Path(folder),
            report=lambda _: times.append(time.perf_counter()),
        )  # fmt: skip
    step_seconds = float(np.median(np.diff(times)))
    step_tokens = recipe.rows * recipe.row_tokens * recipe.accumulate
    tokens = max(1, int(minutes * 60 / step_seconds)) * step_tokens
    say(f"{step_tokens / step_seconds:,.0f} tokens/s here: {tokens:,} tokens planned for {minutes:g} minutes")
    return tokens


def _evaluator(recipe: Recipe, tokenizer: Any, executor: Executor) -> Callable[[Any, int], Mapping[str, float]] | None:
    if recipe.n_evaluations < 1:
        return None
    from unriddle.train.evaluation import program_evaluator

    benchmarks = {
        f"level {level}": world.load(levels=(level,), n=recipe.eval_problems, seed=1) for level in recipe.eval_levels
    }
    return program_evaluator(tokenizer, benchmarks, executor=executor)


def _drawing(out: Path, every: int, report: Callable[[StepReport], None] | None) -> Callable[[StepReport], None]:
    """Draws the log anew every so many steps and at evaluations, where matplotlib is installed, then reports."""
    from unriddle.train.metrics import plot

    draws = True

    def seen(step: StepReport) -> None:
        nonlocal draws
        if draws and (step.evaluation or step.step % every == 0):
            try:
                plot(out / "metrics.jsonl", out / "curve.png")
            except MissingExtra:
                draws = False  # the picture is a convenience; the log has everything
        if report is not None:
            report(step)

    return seen


def _judge(recipe: Recipe, model: Any, tokenizer: Any, executor: Executor) -> dict[str, Any]:
    from unriddle.lm.transformers import TransformersLM
    from unriddle.train.evaluation import judge_model

    lm = TransformersLM.of(model, tokenizer, name=f"nursery-{recipe.size}")
    found = {}
    for level in recipe.eval_levels:
        benchmark = world.load(levels=(level,), n=recipe.final_problems, seed=2)
        ks = [k for k in (1, 10, 50, 100) if k <= recipe.final_draws]
        judged = judge_model(lm, benchmark, executor=executor, n=recipe.final_draws, ks=ks)
        found[f"level {level}"] = dict(judged.metrics)
    return found


def _plain(recipe: Recipe) -> Any:
    return json.loads(json.dumps(dataclasses.asdict(recipe)))


def _write_json(path: Path, document: Mapping[str, Any]) -> None:
    with replacing_file(path) as fresh:
        fresh.write_text(json.dumps(document, indent=1), encoding="utf-8")
