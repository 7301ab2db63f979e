"""The nursery: small models that learn to program in the generated world, from nothing, on this machine.

``grow`` makes the data, trains the tokenizer and the model, judges it by execution on held-out structures, and leaves
an ordinary Hugging Face folder that ``hf:FOLDER`` loads. A recipe says everything; presets are recipes. Plans are in
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
from unriddle.prompt.nursery import SPECIAL_TOKENS
from unriddle.train.checkpoint import replacing, replacing_file
from unriddle.train.models import SIZES, count_parameters, new_model, save_model
from unriddle.train.objectives.sft import sft
from unriddle.train.optim import OptimizerName
from unriddle.train.packing import Encoded, PackedBatches
from unriddle.train.pool import Mixture, digest, encode, keep_pool, kept_pool, make_examples, shuffled_pairs
from unriddle.train.schedule import Schedule
from unriddle.train.tokenizer import tokenizer_digest, train_tokenizer
from unriddle.train.trainer import Settings, StepReport, Trained, train

if TYPE_CHECKING:
    from unriddle.contracts import Executor

__all__ = ["PRESETS", "Grown", "Recipe", "grow", "preset"]

_TOKENIZER_TEXTS = 8000
"""Examples the tokenizer learns from; more of them change no merge that matters."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a model, apart from the seed.

    Args:
        size: A key of ``unriddle.train.models.SIZES``.
        n_problems: Training problems in the pool.
        levels: Level and share of the problems.
        formats: Format and how often a problem is put into it.
        vocabulary: Tokens.
        context: Most tokens of prompt and program when the model is used.
        tokens: Tokens to train on, padding included; the plan of the learning rate follows from it.
        row_tokens: Tokens per packed row; longer examples are left out.
        rows: Rows per batch.
        accumulate: Batches per step.
        lr: Highest learning rate.
        optimizer: ``"adamw"``, ``"lion"`` or ``"muon"``.
        weight_decay: Of matrices.
        schedule: ``"cosine"``, ``"wsd"`` or ``"constant"``.
        warmup: Share of the steps that rise to ``lr``.
        floor: Share of ``lr`` at the end.
        clip: Longest gradient.
        n_evaluations: Evaluations while training, the last one included.
        eval_problems: Held-out problems of each of ``eval_levels`` in them.
        eval_levels: Levels that are evaluated, whether trained on or not.
        final_problems: Held-out problems of each level at the end.
        final_draws: Programs per problem at the end: the k of pass@k.
    """

    size: str = "1m"
    n_problems: int = 30_000
    levels: tuple[tuple[int, float], ...] = ((1, 0.5), (2, 0.5))
    formats: tuple[tuple[str, float], ...] = (("program", 1.0),)
    vocabulary: int = 1024
    context: int = 1024
    tokens: int = 2_200_000
    row_tokens: int = 256
    rows: int = 8
    accumulate: int = 1
    lr: float = 1e-2
    optimizer: OptimizerName = "muon"
    weight_decay: float = 0.1
    schedule: Schedule = "cosine"
    warmup: float = 0.05
    floor: float = 0.02
    clip: float = 1.0
    n_evaluations: int = 4
    eval_problems: int = 50
    eval_levels: tuple[int, ...] = (1, 2)
    final_problems: int = 100
    final_draws: int = 50

    @property
    def steps(self) -> int:
        """Steps of the optimiser that the tokens make."""
        return max(1, self.tokens // (self.rows * self.row_tokens * self.accumulate))

    def mixture(self, seed: int) -> Mixture:
        """What the pool is made of."""
        return Mixture(self.n_problems, self.levels, self.formats, seed)

    def settings(self, *, seed: int, device: str = "auto") -> Settings:
        """How the trainer is to work."""
        steps = self.steps
        return Settings(
            steps=steps,
            lr=self.lr,
            optimizer=self.optimizer,
            weight_decay=self.weight_decay,
            schedule=self.schedule,
            warmup=round(self.warmup * steps),
            floor=self.floor,
            clip=self.clip,
            accumulate=self.accumulate,
            eval_every=max(1, steps // max(1, self.n_evaluations)) if self.n_evaluations > 1 else 0,
            save_every=max(1, steps // 20),
            device=device,
            seed=seed,
        )


_ALL = ((1, 0.25), (2, 0.25), (3, 0.25), (4, 0.15), (5, 0.1))

PRESETS: Mapping[str, tuple[Recipe, ...]] = {
    "small": (Recipe(),),
    "base": tuple(
        Recipe(
            size=size, n_problems=400_000, levels=_ALL, tokens=200_000_000, rows=128, row_tokens=512, lr=lr,
            n_evaluations=10, eval_levels=(1, 2, 3, 4, 5), final_problems=200, final_draws=50,
        )
        for size, lr in (("5m", 2e-3), ("20m", 1e-3), ("100m", 6e-4))
    ),
    "full": (
        Recipe(
            size="100m", n_problems=2_000_000, levels=_ALL, tokens=2_000_000_000, rows=256, row_tokens=1024, lr=6e-4,
            schedule="wsd", n_evaluations=20, eval_levels=(1, 2, 3, 4, 5), final_problems=500, final_draws=100,
        ),
    ),
}  # fmt: skip
"""``small`` is for two cores and ten minutes; ``base`` (a curve over three sizes) and ``full`` want a GPU."""


def preset(name: str, *, size: str | None = None) -> tuple[Recipe, ...]:
    """The recipes of a preset; with ``size``, its first recipe at that size.

    Raises:
        BadInput: There is no such preset or size.
    """
    if name not in PRESETS:
        raise BadInput(f"preset: must be one of {', '.join(PRESETS)}; got {shorten(name)}")
    if size is None:
        return PRESETS[name]
    if size not in SIZES:
        raise BadInput(f"preset: size must be one of {', '.join(SIZES)}; got {shorten(size)}")
    same = [recipe for recipe in PRESETS[name] if recipe.size == size]
    return (same[0] if same else dataclasses.replace(PRESETS[name][0], size=size),)


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
    key: str


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
        identity={"tokenizer": tokenizer_digest(ready.tokenizer), "data": ready.key, "plan": digest(_plain(recipe))},
        evaluate=_evaluator(recipe, ready.tokenizer, executor, out),
        report=report,
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
            raise BadInput(
                f"{out} holds a run with another {name}: {shorten(kept.get(name))}, now {shorten(value)}; use the same "
                "options to go on, or choose another --out"
            )
    return tokens


def _prepare(recipe: Recipe, folder: Path, *, seed: int, shuffle_pairs: bool, say: Callable[[str], None]) -> _Prepared:
    """Tokenizer and pool, from the folder where they were made before."""
    from transformers import AutoTokenizer

    from unriddle.lm.hf_folder import need_torch

    need_torch("training a model")
    mixture = recipe.mixture(seed)
    key = digest(dataclasses.asdict(mixture), recipe.vocabulary, shuffle_pairs)
    pool = kept_pool(folder / "pool.npz", key=key)
    if pool is not None and (folder / "tokenizer" / "tokenizer.json").is_file():
        return _Prepared(AutoTokenizer.from_pretrained(folder / "tokenizer", local_files_only=True), pool, key)
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
    keep_pool(folder / "pool.npz", pool, key=key)
    return _Prepared(tokenizer, pool, key)


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


def _evaluator(
    recipe: Recipe, tokenizer: Any, executor: Executor, out: Path
) -> Callable[[Any, int], Mapping[str, float]] | None:
    if recipe.n_evaluations < 1:
        return None
    from unriddle.train.evaluation import program_evaluator
    from unriddle.train.metrics import plot

    benchmarks = {
        f"level {level}": world.load(levels=(level,), n=recipe.eval_problems, seed=1) for level in recipe.eval_levels
    }
    judged = program_evaluator(tokenizer, benchmarks, executor=executor)

    def evaluate(model: Any, step: int) -> Mapping[str, float]:
        found = judged(model, step)
        try:
            plot(out / "metrics.jsonl", out / "curve.png")
        except MissingExtra:
            pass  # the picture is a convenience; the log has everything
        return found

    return evaluate


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
