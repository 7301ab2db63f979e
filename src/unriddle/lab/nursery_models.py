"""Models of the nursery for experiments: trained when first asked for, kept in the cache, judged on held-out problems.

Not covered: choosing a recipe; it is the small preset's, with other sizes, tokens and formats.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks import nursery
from unriddle.data.formats import FORMATS, Example
from unriddle.data.world import generate
from unriddle.lab.base import Context
from unriddle.lm.base import SampleOptions
from unriddle.lm.hf_folder import need_torch
from unriddle.lm.transformers import TransformersLM
from unriddle.prompt.nursery import END
from unriddle.train.nursery import grow
from unriddle.train.pool import digest, first_seed
from unriddle.train.recipes import PRESETS, Recipe

if TYPE_CHECKING:
    from unriddle.benchmarks.run import Evaluation

__all__ = ["Item", "Model", "train_model"]

_JUDGED_SEED = 20_000
"""Problems that judge come from another stream than those that were looked at while recipes were made."""

_OUTPUT = "<|output|>"


@dataclass(frozen=True, slots=True)
class Item:
    """One output to predict, asked directly and with the trace first; ``value`` is the right answer as text."""

    direct: Example
    traced: Example
    value: str


@dataclass(frozen=True)
class Model:
    """A model in its folder.

    Attributes:
        folder: A Hugging Face folder.
        n_parameters: Its weights.
        format_name: The task format it learned.
    """

    folder: Path
    n_parameters: int
    format_name: str

    @cached_property
    def lm(self) -> TransformersLM:
        """The model as a language model."""
        return TransformersLM(self.folder)

    def judge(
        self, levels: Sequence[int], *, n_problems: int, n_draws: int, context: Context, seen: int | None = None
    ) -> Evaluation:
        """Its programs for ``n_problems`` problems, in equal shares over the levels, on the hidden tests.

        The problems are held out; with ``seen``, the seed of its training, they are the first it was trained on.
        """
        from unriddle.train.evaluation import judge_model

        context.say(f"judging {n_draws} programs for each of {n_problems} problems of levels {list(levels)}")
        if seen is None:
            benchmark = nursery.load(levels=levels, n=n_problems, seed=_JUDGED_SEED)
        else:
            benchmark = nursery.load(levels=levels, n=n_problems, seed=first_seed(seen), split="train")
        ks = sorted({k for k in (1, 10, n_draws) if k <= n_draws})
        with context.executor() as executor:
            return judge_model(self.lm, benchmark, executor=executor, n=n_draws, ks=ks)

    def prediction_items(self, levels: Sequence[int], *, n: int, seed: int) -> list[Item]:
        """Calls of held-out programs whose traces are short enough to be written; the same for every model."""
        rng, items = np.random.default_rng(seed), []
        for problem in generate(levels=levels, split="held_out", seed=_JUDGED_SEED):
            state = rng.bit_generator.state
            traced = FORMATS["output_trace"](problem, rng)
            rng.bit_generator.state = state  # the same case for both
            direct = FORMATS["output"](problem, rng)
            if traced:
                items.append(Item(direct[0], traced[0], direct[0].target))
            if len(items) == n:
                break
        return items

    def predict(self, items: Sequence[Item]) -> npt.NDArray[np.float64]:
        """``(p,)`` 1 where the output it writes, greedily, is the right one to the letter."""
        examples = [item.traced if self.format_name == "output_trace" else item.direct for item in items]
        options = SampleOptions(temperature=0, max_tokens=400, stop=(END,))
        rows = self.lm.sample([example.prompt for example in examples], n=1, options=options)
        written = [row[0].text.rpartition(_OUTPUT)[2].strip() for row in rows]
        return np.array([text == item.value for text, item in zip(written, items, strict=True)], dtype=np.float64)


def train_model(
    size: str,
    tokens: int,
    *,
    levels: Sequence[int],
    seed: int,
    context: Context,
    format_name: str = "program",
    shuffled: bool = False,
    n_train: int | None = None,
) -> Model:
    """A model of this size after this many tokens; trained now unless the cache has it.

    Args:
        size: A key of ``unriddle.train.models.SIZES``.
        tokens: Tokens to train on.
        levels: Levels of the training problems, in equal shares.
        seed: Decides data, weights and order.
        context: Its cache keeps the model.
        format_name: What the model learns.
        shuffled: The control: statements are paired with other problems' programs.
        n_train: Training problems; as many as the tokens can use when ``None``.

    Raises:
        MissingExtra: torch or transformers is not installed.
    """
    need_torch("training a small model")
    recipe = _recipe(size, tokens, levels, format_name, n_train)
    name = f"{size}-{tokens}-{format_name}-{seed}" + ("-shuffled" if shuffled else "")
    name += f"-{digest(dataclasses.asdict(recipe))[:8]}"
    out = context.cache / "nursery" / name
    about = out / "model" / "unriddle.json"
    if not about.is_file():
        context.say(f"training {name}")
        with context.executor() as executor:
            grow(
                recipe,
                out=out,
                executor=executor,
                seed=seed,
                resume=True,
                shuffle_pairs=shuffled,
                report=_report(context),
            )
    known: dict[str, Any] = json.loads(about.read_text(encoding="utf-8"))
    return Model(out / "model", int(known["n_parameters"]), format_name)


def _recipe(size: str, tokens: int, levels: Sequence[int], format_name: str, n_train: int | None) -> Recipe:
    """The small preset's recipe; a batch is made smaller where there would be fewer than about 400 steps."""
    recipe = PRESETS["small"][0]
    row_tokens = recipe.row_tokens if format_name.startswith("program") else 2 * recipe.row_tokens
    most = recipe.rows * recipe.row_tokens // row_tokens
    return dataclasses.replace(
        recipe,
        size=size,
        tokens=tokens,
        n_problems=n_train or min(recipe.n_problems, max(1000, tokens // 40)),
        levels=tuple((level, 1.0) for level in levels),
        formats=((format_name, 1.0),),
        row_tokens=row_tokens,
        rows=max(1, min(most, tokens // (400 * row_tokens))),
        n_evaluations=0,
        eval_levels=(),
    )


def _report(context: Context) -> Any:
    def report(step: Any) -> None:
        if step.step % max(1, step.steps // 10) == 0:
            context.say(
                f"step {step.step} of {step.steps}, loss {step.loss:.3f}, {step.tokens_per_second:,.0f} tokens/s"
            )

    return report
