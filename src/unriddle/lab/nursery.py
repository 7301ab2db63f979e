"""The experiment of the nursery: what small models learn in the generated world, and how it scales.

There is no paper of this name; the claims are those that several papers make of models that learn to program: pass@1
grows with parameters and data (Austin 2021), coverage grows with the number of draws (Brown 2024), the likelihood of a
program says something about its being right, and outputs are predicted better when the trace is written first
(Austin 2021, Lyu 2025, Ding 2024). Every model is trained here, from nothing, and kept in the cache; a run that was
interrupted goes on. Not covered: a GPU's sizes (``unriddle train nursery --preset base``).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from unriddle.benchmarks.metrics import bootstrap, paired_bootstrap
from unriddle.errors import MissingExtra
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.methods.large_language_monkeys import coverage, fit_exp_power_law, log_spaced
from unriddle.score.ties import expected_pass_at_k

if TYPE_CHECKING:
    from unriddle.benchmarks.run import Evaluation
    from unriddle.lab.nursery_models import Model

    _Train = Callable[..., Model]

__all__ = ["experiment"]


@dataclass(frozen=True, slots=True)
class _Plan:
    """Sizes of one preset: models, tokens each trains on, problems and draws that judge them."""

    sizes: tuple[str, ...]
    main: str
    tokens: int
    fewer: tuple[int, ...]
    size_tokens: int
    prediction_tokens: int
    levels: tuple[int, ...]
    n_problems: int
    n_draws: int
    n_train: int | None
    """Training problems, and those that judge; ``None`` trains on many and judges on held-out ones."""


_PLANS: Mapping[str, _Plan] = {
    "small": _Plan(("200k",), "200k", 200_000, (20_000,), 0, 0, (1,), 60, 10, 60),
    "full": _Plan(
        ("200k", "1m", "5m"), "1m", 1_700_000, (200_000, 400_000, 800_000), 400_000, 800_000, (1, 2), 200, 50, None
    ),
}  # fmt: skip
"""``small`` learns 60 problems by heart in seconds and shows that the parts work; claims about learning to program need
held-out problems, and so ``full``."""


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim; the first run of the full preset trains for about half an hour on two cores."""
    from unriddle.lab.nursery_models import train_model
    from unriddle.lm.hf_folder import need_torch

    try:
        need_torch("training a small model")
    except MissingExtra as error:
        return [not_run("a small model trained here", str(error))]
    plan = _PLANS[preset]

    def model(size: str, tokens: int, *, shuffled: bool = False, format_name: str = "program") -> Model:
        return train_model(
            size,
            tokens,
            levels=plan.levels,
            format_name=format_name,
            shuffled=shuffled,
            n_train=plan.n_train,
            seed=seed,
            context=context,
        )

    def judge(one: Model, levels: Sequence[int] = plan.levels, n_draws: int = plan.n_draws) -> Evaluation:
        seen = seed if plan.n_train else None
        return one.judge(levels, n_problems=plan.n_problems, n_draws=n_draws, context=context, seen=seen)

    main = model(plan.main, plan.tokens)
    judged = judge(main)
    claims = _draws(judged, plan)
    fewer = [judge(model(plan.main, tokens), n_draws=10) for tokens in plan.fewer]
    claims += _data([*fewer, judged], [*plan.fewer, plan.tokens], plan, seed)
    if plan.n_train:
        reason = "the full preset only; it trains for about half an hour on two cores"
        return [*claims, *(not_run(name, reason) for name in (_LIKELIEST, _SCALING, _CONTROL, _ABOVE, _TRACE))]
    claims += _likelihood(judged, seed)
    sizes = [model(size, plan.size_tokens) for size in plan.sizes]
    claims += _parameters(sizes, [judge(one, n_draws=10) for one in sizes], plan, seed)
    claims += _control(judged, judge(model(plan.main, plan.tokens, shuffled=True), n_draws=10))
    claims.append(_below(_ABOVE, judge(main, (4,), 10)))
    return [*claims, *_prediction(model, plan, seed)]


_LIKELIEST = "pass@1 of the likeliest program minus that of a random one"
_SCALING = "pass@1 grows with the number of parameters at equal tokens"
_CONTROL = "pass@1 of a model trained on shuffled pairs of statement and program"
_ABOVE = "pass@1 at level 4, which the model was not trained on"
_TRACE = "exact outputs predicted with the trace written first, against the output alone, at equal tokens"


def _shares(judged: Evaluation) -> np.ndarray:
    """``(p,)`` pass@1 of each problem."""
    return np.array([one.c / one.n for one in judged.per_problem.values()])


def _mean(judged: Evaluation) -> float:
    return float(_shares(judged).mean())


def _at_least(name: str, judged: Evaluation, k: int, baseline: float, note: str) -> Claim:
    found = judged.metrics[f"pass@{k}"]
    return claim(
        name, found["value"], relation=">=", baseline=baseline, low=found["low"], high=found["high"], note=note
    )


def _below(name: str, judged: Evaluation) -> Claim:
    found = judged.metrics["pass@1"]
    note = f"{len(judged.per_problem)} held-out problems"
    return claim(name, found["value"], relation="<", baseline=0.1, low=found["low"], high=found["high"], note=note)


def _draws(judged: Evaluation, plan: _Plan) -> list[Claim]:
    """pass@1 and pass@n on held-out structures, and the law of the curve between."""
    note = f"{plan.main}, {plan.tokens:,} tokens, levels {plan.levels}, {len(judged.per_problem)} "
    note += "problems it was trained on" if plan.n_train else "held-out problems"
    counts = [one.c for one in judged.per_problem.values()]
    ks = log_spaced(plan.n_draws)
    points = coverage(plan.n_draws, counts, ks=ks)
    claims = []
    if not plan.n_train:
        claims = [
            _at_least("pass@1 on held-out structures of levels 1 and 2", judged, 1, 0.35, note),
            _at_least("pass@50 on held-out structures of levels 1 and 2", judged, plan.n_draws, 0.70, note),
        ]
    claims.append(
        claim(
            f"coverage at k = {plan.n_draws} against k = 1",
            float(points[-1]),
            relation=">",
            baseline=float(points[0]),
            note=note,
        )
    )
    if points[0] > 0 and points[-1] < 1:
        fit = fit_exp_power_law(ks, points)
        claims.append(
            claim("R squared of the power law of coverage", fit.r_squared, relation=">=", baseline=0.98, note=note)
        )
    return claims


def _likelihood(judged: Evaluation, seed: int) -> list[Claim]:
    """Choosing by likelihood against a random choice, and how often a right program is likelier than a wrong one."""
    chosen, random, ranked = [], [], []
    for one in judged.per_problem.values():
        verdicts = one.verdicts.take(one.rows)
        right = verdicts.solved()
        chosen.append(expected_pass_at_k(verdicts.prior, right))
        random.append(float(right.mean()))
        if right.any() and not right.all():
            better = verdicts.prior[right][:, None] - verdicts.prior[~right][None, :]
            ranked.append(float((better > 0).mean() + 0.5 * (better == 0).mean()))
    gain = paired_bootstrap(np.array(chosen), np.array(random), rng=generator(seed, stream=1))
    claims = [
        claim(
            _LIKELIEST,
            gain["value"],
            relation=">",
            baseline=0.0,
            low=gain["low"],
            high=gain["high"],
            note=f"{len(chosen)} problems; held only says that the mean is above 0, the interval says how surely",
        )
    ]
    if ranked:
        share = bootstrap(np.array(ranked), rng=generator(seed, stream=2))
        claims.append(
            claim(
                "lower end of the chance that a right program is likelier than a wrong one",
                share["low"],
                relation=">",
                baseline=0.5,
                low=share["low"],
                high=share["high"],
                note=f"mean {share['value']:.3f} over {len(ranked)} problems with right and wrong programs",
            )
        )
    return claims


def _line(xs: list[float], ys: list[float]) -> tuple[float, float]:
    """Slope per decade and R squared of the line in the logarithm."""
    logs = np.log10(xs)
    slope, intercept = np.polyfit(logs, ys, 1)
    rest = np.asarray(ys) - (slope * logs + intercept)
    spread = float(np.var(ys))
    return float(slope), 1 - float(np.var(rest)) / spread if spread else math.nan


def _data(judged: list[Evaluation], tokens: list[int], plan: _Plan, seed: int) -> list[Claim]:
    values = [_mean(one) for one in judged]
    note = ", ".join(f"{n:,} tokens: {value:.3f}" for n, value in zip(tokens, values, strict=True))
    gain = paired_bootstrap(_shares(judged[-1]), _shares(judged[0]), rng=generator(seed, stream=3))
    claims = [
        claim(
            "pass@1 gained from the fewest to the most training tokens",
            gain["value"],
            relation=">",
            baseline=0.0,
            low=gain["low"],
            high=gain["high"],
            note=f"{plan.main}; {note}",
        )
    ]
    if len(values) > 2:
        slope, fit = _line([float(n) for n in tokens], values)
        claims.append(
            claim("R squared of pass@1 as a line in log tokens", fit, relation=">=", baseline=0.9,
                  note=f"{slope:+.3f} per decade; {note}")
        )  # fmt: skip
    return claims


def _parameters(models: list[Model], found: list[Evaluation], plan: _Plan, seed: int) -> list[Claim]:
    """Equal tokens for every size; an amount that the largest can afford."""
    tokens = plan.size_tokens
    values, sizes = [_mean(one) for one in found], [float(one.n_parameters) for one in models]
    slope, fit = _line(sizes, values)
    gain = paired_bootstrap(_shares(found[-1]), _shares(found[0]), rng=generator(seed, stream=4))
    each = ", ".join(
        f"{name} ({size:,.0f}): {value:.3f}" for name, size, value in zip(plan.sizes, sizes, values, strict=True)
    )
    note = f"{tokens:,} tokens each; {each}; {slope:+.3f} per decade, R squared of the line {fit:.2f}"
    return [
        claim(_SCALING, min(np.diff(values)), relation=">", baseline=0.0, note=f"smallest step; {note}"),
        claim("pass@1 of the largest minus that of the smallest model", gain["value"], relation=">", baseline=0.0,
              low=gain["low"], high=gain["high"], note=note),
    ]  # fmt: skip


def _control(judged: Evaluation, found: Evaluation) -> list[Claim]:
    value = found.metrics["pass@1"]
    note = f"the same model on true pairs: {_mean(judged):.3f}"
    return [
        claim(_CONTROL, value["value"], relation="<", baseline=0.03, low=value["low"], high=value["high"], note=note)
    ]


def _prediction(model: _Train, plan: _Plan, seed: int) -> list[Claim]:
    """Output prediction on held-out programs: directly, and with the trace first; the commonest output as baseline."""
    direct, traced = (
        model(plan.main, plan.prediction_tokens, format_name="output"),
        model(plan.main, plan.prediction_tokens, format_name="output_trace"),
    )
    items = direct.prediction_items(plan.levels, n=500, seed=seed)
    right, steps = direct.predict(items), traced.predict(items)
    commonest = max(np.mean([item.value == other.value for item in items]) for other in items[:200])
    gain = paired_bootstrap(steps, right, rng=generator(seed, stream=5))
    note = f"{len(items)} calls of held-out programs; direct {right.mean():.3f}, trace first {steps.mean():.3f}"
    return [
        claim(_TRACE, gain["value"], relation=">", baseline=0.0, low=gain["low"], high=gain["high"], note=note),
        claim("exact outputs predicted directly, against the commonest output", float(right.mean()), relation=">",
              baseline=float(commonest), note=note),
    ]  # fmt: skip
