"""Lion and AdamW on a small transformer of the library: four learning rates each, the same data, weights and steps.

Not covered: other sizes; batches here are small, where the paper saw no gain.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from pathlib import Path

from unriddle.data.formats import Example
from unriddle.errors import MissingExtra, TrainError
from unriddle.lab.base import Claim, Context, claim, not_run
from unriddle.lm.hf_folder import need_torch
from unriddle.train.optim import OptimizerName
from unriddle.whole_file import write_whole

__all__ = ["transformer_claim"]

_RATES: Mapping[OptimizerName, tuple[float, ...]] = {
    "adamw": (1e-3, 3e-3, 1e-2, 3e-2),
    "lion": (1e-4, 3e-4, 1e-3, 3e-3),
}
_DECAY: Mapping[OptimizerName, float] = {"adamw": 0.1, "lion": 0.5}
_STEPS, _ROWS, _ROW_TOKENS, _PROBLEMS = 500, 8, 256, 8000


def transformer_claim(name: str, *, seed: int, context: Context) -> Claim:
    """Lion's lowest loss is at most 2 % above AdamW's; the loss is the mean of the last tenth of the steps."""
    try:
        need_torch("training a small transformer")
    except MissingExtra as error:
        return not_run(name, str(error), relation="<=")
    losses = _losses(seed, context)
    best = {optimizer: min(values.values()) for optimizer, values in losses.items()}
    rows = "; ".join(
        f"{optimizer} " + ", ".join(f"{lr}: {loss:.4f}" for lr, loss in values.items())
        for optimizer, values in losses.items()
    )
    note = (
        f"200 thousand weights, {_STEPS} steps of {_ROWS * _ROW_TOKENS:,} tokens of the nursery's levels 1 and 2; "
        f"training loss by learning rate: {rows}"
    )
    return claim(name, best["lion"] / best["adamw"], relation="<=", baseline=1.02, note=note)


def _losses(seed: int, context: Context) -> dict[str, dict[str, float]]:
    """Loss by optimiser and learning rate; every training is kept when it is done."""
    path = context.cache / "lion_discovery" / f"transformer-{_STEPS}-{seed}.json"
    kept: dict[str, dict[str, float]] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    trainer: Callable[[OptimizerName, float], float] | None = None
    for optimizer, rates in _RATES.items():
        for lr in rates:
            if f"{lr:g}" in kept.setdefault(optimizer, {}):
                continue
            trainer = trainer or _trainer(seed, context)
            kept[optimizer][f"{lr:g}"] = trainer(optimizer, lr)
            context.say(f"small transformer, {optimizer} at {lr:g}: loss {kept[optimizer][f'{lr:g}']:.4f}")
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, json.dumps(kept) + "\n")
    return kept


def _trainer(seed: int, context: Context) -> Callable[[OptimizerName, float], float]:
    """A function that trains a fresh model, with the same first weights and batches each time."""
    from unriddle.prompt.nursery import SPECIAL_TOKENS
    from unriddle.train.models import new_model
    from unriddle.train.objectives.sft import sft
    from unriddle.train.packing import PackedBatches
    from unriddle.train.pool import Mixture, encode, make_examples
    from unriddle.train.tokenizer import train_tokenizer
    from unriddle.train.trainer import Settings, train

    context.say(f"making {_PROBLEMS:,} problems for a small transformer")
    examples: list[Example] = make_examples(Mixture(_PROBLEMS, seed=seed), workers=1)
    texts = (example.prompt + example.target for example in examples[:4000])
    tokenizer = train_tokenizer(texts, special=SPECIAL_TOKENS, vocabulary=1024)
    batches = PackedBatches(encode(examples, tokenizer), rows=_ROWS, row_tokens=_ROW_TOKENS, seed=seed)

    def trained(optimizer: OptimizerName, lr: float) -> float:
        model = new_model(tokenizer, size="200k", seed=seed)
        settings = Settings(
            steps=_STEPS, lr=lr, optimizer=optimizer, weight_decay=_DECAY[optimizer], warmup=_STEPS // 20, seed=seed
        )
        out = _scratch(context, optimizer, lr)
        try:
            return float(train(model, batches, objective=sft, settings=settings, out=out).loss)
        except TrainError:  # a rate that is too high is a result
            return math.inf

    return trained


def _scratch(context: Context, optimizer: str, lr: float) -> Path:
    return context.cache / "lion_discovery" / "transformers" / f"{optimizer}-{lr:g}"
