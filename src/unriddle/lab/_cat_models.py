"""Two small models for the alignment claim: one reads functions with their asserts, one with those of other functions.

Functions come from the generated world, under names drawn at random, so that a name says nothing of what a function
does. Both models see the same functions, the same asserts and equally many tokens. Not covered: other sizes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from unriddle.data.world import Split, generate
from unriddle.lab.base import Context
from unriddle.language.python import rename_function
from unriddle.lm.transformers import TransformersLM
from unriddle.methods._cat_documents import Layout, documents
from unriddle.prompt.code_test_pair import SEPARATOR
from unriddle.train.models import count_parameters, new_model, save_model
from unriddle.train.objectives.sft import sft
from unriddle.train.packing import Encoded, PackedBatches
from unriddle.train.pool import digest
from unriddle.train.tokenizer import train_tokenizer
from unriddle.train.trainer import Settings, StepReport, train

__all__ = ["MODULE", "Item", "Plan", "items", "trained"]

MODULE = "solution"
"""Name under which tests import the code."""

_FIRST = ("add", "bind", "call", "drop", "fold", "gain", "hold", "join", "keep", "lift", "make", "note", "open", "pack",
          "quit", "read", "seek", "turn", "unite", "view")  # fmt: skip
_SECOND = ("area", "bank", "cell", "dish", "edge", "farm", "gate", "hall", "iron", "jar", "kite", "lamp", "mast",
           "nest", "oven", "path", "quay", "rope", "sail", "tree")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained: sizes, levels of the world, asserts in a test, and how.

    The learning rate and the optimiser are those of the nursery's small preset.
    """

    size: str
    n_train: int
    tokens: int
    levels: tuple[int, ...] = (1, 2)
    n_asserts: int = 3
    rows: int = 4
    row_tokens: int = 256
    lr: float = 1e-2

    @property
    def steps(self) -> int:
        """Steps that the tokens make."""
        return max(1, self.tokens // (self.rows * self.row_tokens))


@dataclass(frozen=True, slots=True)
class Item:
    """One function and its test file.

    Attributes:
        code: The program.
        entry: Name of its function.
        test: An import and some asserts, which hold.
    """

    code: str
    entry: str
    test: str

    @property
    def preamble(self) -> str:
        """How the test file begins: the import."""
        return self.test.partition("assert")[0]


def items(plan: Plan, *, split: Split, n: int, seed: int) -> list[Item]:
    """``n`` functions of one side of the split, each under a drawn name."""
    rng = np.random.default_rng([seed, 7])
    made = []
    for problem in islice(generate(levels=plan.levels, split=split, seed=seed), n):
        entry = f"{rng.choice(_FIRST)}_{rng.choice(_SECOND)}"
        cases = [problem.hidden[i] for i in rng.permutation(len(problem.hidden))[: plan.n_asserts]]
        asserts = [
            f"assert {entry}({', '.join(repr(value) for value in args)}) == {result!r}\n" for args, result in cases
        ]
        code = rename_function(problem.program.rstrip("\n") + "\n", problem.entry, entry)
        made.append(Item(code, entry, f"from {MODULE} import {entry}\n\n" + "".join(asserts)))
    return made


def trained(plan: Plan, layout: Layout, *, seed: int, context: Context) -> tuple[TransformersLM, int]:
    """The model of a layout, from the cache or trained now, and its number of weights.

    Raises:
        MissingExtra: torch or transformers is not installed.
    """
    folder = context.cache / "cat_lm" / f"{layout}-{seed}-{digest(asdict(plan))[:8]}"
    if not (folder / "model" / "config.json").is_file():
        _train(plan, layout, seed=seed, folder=folder, context=context)
    lm = TransformersLM(folder / "model", device="cpu")
    return lm, count_parameters(lm.model)


def _train(plan: Plan, layout: Layout, *, seed: int, folder: Path, context: Context) -> None:
    pairs = [(one.code, one.test) for one in items(plan, split="train", n=plan.n_train, seed=seed)]
    rng = np.random.default_rng([seed, 8])
    tokenizer = train_tokenizer((text for pair in pairs for text in pair), special=(SEPARATOR,))
    texts = documents(pairs, layout=layout, rng=rng)
    batches = PackedBatches(_encoded(texts, tokenizer), rows=plan.rows, row_tokens=plan.row_tokens, seed=seed)
    model = new_model(tokenizer, size=plan.size, context=1024, seed=seed)
    context.say(f"training on {len(texts)} {layout} texts for {plan.steps} steps")
    train(
        model,
        batches,
        objective=sft,
        settings=Settings(
            steps=plan.steps,
            lr=plan.lr,
            optimizer="muon",
            warmup=plan.steps // 20,
            floor=0.02,
            save_every=max(1, plan.steps // 5),
            device="cpu",
            seed=seed,
        ),
        out=folder,
        identity={"plan": digest(asdict(plan), layout, seed)},
        report=lambda step: _report(step, context),
        resume=True,
    )
    save_model(model, tokenizer, folder=folder / "model")


def _encoded(texts: Sequence[str], tokenizer: Any) -> Encoded:
    """Every token is learned, and no end token is, as in the paper."""
    rows = tokenizer(list(texts), add_special_tokens=False)["input_ids"]
    return Encoded.of([((), row) for row in rows])


def _report(step: StepReport, context: Context) -> None:
    if step.step % max(1, step.steps // 10) == 0:
        context.say(f"step {step.step} of {step.steps}, loss {step.loss:.3f}, {step.tokens_per_second:,.0f} tokens/s")
