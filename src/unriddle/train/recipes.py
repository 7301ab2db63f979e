"""Recipes: everything that decides a model of the nursery, apart from the seed; presets are recipes.

Not covered: carrying them out (``unriddle.train.nursery``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from unriddle.errors import BadInput, shorten
from unriddle.train.models import SIZES
from unriddle.train.optim import OptimizerName
from unriddle.train.pool import Mixture
from unriddle.train.schedule import Schedule
from unriddle.train.trainer import Settings

__all__ = ["PRESETS", "Recipe", "preset"]


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

    Raises:
        BadInput: A number is less than 1.
    """

    size: str = "1m"
    n_problems: int = 30_000
    levels: tuple[tuple[int, float], ...] = ((1, 0.5), (2, 0.5))
    formats: tuple[tuple[str, float], ...] = (("program", 1.0),)
    vocabulary: int = 1024
    context: int = 1024
    tokens: int = 1_700_000
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

    def __post_init__(self) -> None:
        counts = (
            "n_problems", "vocabulary", "context", "tokens", "row_tokens", "rows", "accumulate", "final_problems",
            "final_draws",
        )  # fmt: skip
        for name in counts:
            if getattr(self, name) < 1:
                raise BadInput(f"Recipe: {name} must be 1 or more, got {getattr(self, name)!r}")

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
