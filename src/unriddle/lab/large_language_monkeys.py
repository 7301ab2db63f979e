"""The experiment of ``unriddle.methods.large_language_monkeys``: estimator, laws, recorded programs, own samplers."""

from __future__ import annotations

from math import comb

import numpy as np

from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lab.toy import draw, make_tasks, passes
from unriddle.methods.large_language_monkeys import (
    behaviours,
    coverage,
    fit_beta_binomial,
    fit_exp_power_law,
    fit_scaling,
    log_spaced,
    selection_accuracy,
)

__all__ = ["experiment"]

_PUBLISHED = {1: 0.30, 10: 0.50, 100: 0.74}
"""pass@k of CodeGen-16B at temperature 0.8 on HumanEval, rounded as published."""


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; the recorded part needs reference data, the model part the full preset."""
    return [
        *_estimator(seed),
        *_laws(preset, seed),
        *_recorded(seed, context),
        *_own_sampler(preset, seed),
        *_language_model(preset, seed, context),
    ]


def _estimator(seed: int) -> list[Claim]:
    """The unbiased estimator beside the plug-in, over the exact distribution of counts and by simulation."""
    n, ks, ps = 20, (1, 5, 10, 20), (0.02, 0.1, 0.3)
    counts = np.arange(n + 1)
    exact, plug_in = 0.0, 0.0
    for p in ps:
        weight = np.array([comb(n, int(c)) * p**c * (1 - p) ** (n - c) for c in counts])
        for k in ks:
            truth = 1 - (1 - p) ** k
            estimate = np.array([coverage(n, [int(c)], ks=[k])[0] for c in counts])
            exact = max(exact, abs(float(weight @ estimate) - truth))
            plug_in = max(plug_in, abs(float(weight @ (1 - (1 - counts / n) ** k)) - truth))
    rng = generator(seed, stream=1)
    share = np.bincount(rng.binomial(n, 0.1, 4_000_000), minlength=n + 1) / 4_000_000
    simulated = share @ np.array([coverage(n, [int(c)], ks=[10])[0] for c in counts])
    large = coverage(10_000, [0, 1, 5_000, 10_000], ks=[1, 9_999, 10_000])
    ends = coverage(n, [0, n], ks=list(range(1, n + 1)))
    return [
        claim(
            "largest bias of pass@k over the exact distribution of counts, n = 20", exact, relation="<", baseline=1e-3
        ),
        claim(
            "bias of pass@10 in 4,000,000 simulated problems, n = 20",
            abs(float(simulated) - (1 - 0.9**10)),
            relation="<",
            baseline=1e-3,
        ),
        claim("largest bias of the plug-in 1 - (1 - c/n)^k on the same work", plug_in, relation=">", baseline=0.02),
        claim(
            "coverage is 1/2 at every k when one of two problems is always solved",
            float(np.ptp(ends) + ends[0]),
            relation="==",
            baseline=0.5,
        ),
        claim(
            "pass@10,000 of 10,000 samples is the share of problems ever solved",
            float(large[2]),
            relation="==",
            baseline=0.75,
        ),
    ]


def _laws(preset: Preset, seed: int) -> list[Claim]:
    """Slope of the failures of Beta(0.3, 3), and extrapolation from 100 samples to 1,000."""
    rng = generator(seed, stream=2)
    many = rng.beta(0.3, 3.0, 50_000 if preset == "small" else 500_000)
    ks = np.array([k for k in log_spaced(1000) if k >= 30])
    failing = 1 - coverage(1000, rng.binomial(1000, many), ks=ks.tolist())
    inside = ks < 1000
    slope = float(np.polyfit(np.log(ks[inside]), np.log(failing[inside]), 1)[0])
    errors = np.array([_extrapolation(generator(seed + i, stream=3)) for i in range(5 if preset == "small" else 50)])
    beta, power, line = errors.mean(axis=0)
    note = f"mean relative error over {len(errors)} runs of 164 problems, laws fitted on 100 samples each, at k = 1,000"
    return [
        claim(
            "log-log slope of 1 - coverage for Beta(0.3, 3) problems, k from 30 to 1,000",
            slope,
            relation="between",
            baseline=-0.3,
            low=-0.33,
            high=-0.27,
        ),
        claim("extrapolation error of the Beta-binomial", float(beta), relation="<", baseline=0.05, note=note),
        claim("extrapolation error of the power law", float(power), relation="<", baseline=0.05, note=note),
        claim("Beta-binomial against the power law", float(beta), relation="<=", baseline=float(power), note=note),
        claim(
            "line in log k against three times the power law",
            float(line),
            relation=">",
            baseline=3 * float(power),
            note=note,
        ),
    ]


def _extrapolation(rng: np.random.Generator) -> tuple[float, float, float]:
    """Relative errors at k = 1,000 of the Beta-binomial, the power law and the line."""
    p = rng.beta(0.3, 3.0, 164)
    fits = fit_scaling(100, rng.binomial(100, p))
    truth = float(np.mean(1 - (1 - p) ** 1000))
    laws = (fits.beta_binomial, fits.exp_power_law, fits.log_linear)
    beta, power, line = (abs(float(law.predict(1000)) / truth - 1) for law in laws)
    return beta, power, line


def _recorded(seed: int, context: Context) -> list[Claim]:
    """The recorded CodeGen-16B programs on HumanEval, every one of them executed in the sandbox."""
    from unriddle.lab.recorded import NEEDS, judge_recorded

    names = [f"pass@{k} of the recorded programs" for k in _PUBLISHED]
    names += ["R squared of the power law on them", "coverage minus majority at k = 100", "majority against pass@1"]
    verdicts = judge_recorded(context)
    if verdicts is None:
        return [not_run(name, NEEDS) for name in names]
    solved = {task: v.solved() for task, v in verdicts.items()}
    n = min(len(s) for s in solved.values())
    correct = np.array([int(s.sum()) for s in solved.values()])
    ks = log_spaced(n)
    points = coverage(n, correct, ks=ks)
    note = f"{len(solved)} problems, {n} programs each"
    claims = [
        _published(name, k, float(coverage(n, correct, ks=[k])[0]), note)
        for name, k in zip(names, _PUBLISHED, strict=False)
    ]
    claims.append(claim(names[3], fit_exp_power_law(ks, points).r_squared, relation=">=", baseline=0.98, note=note))
    answers = {task: behaviours(v) for task, v in verdicts.items()}
    voting = [task for task, ids in answers.items() if (ids >= 0).any()]
    rng = generator(seed, stream=4)
    majority = float(np.mean([selection_accuracy(answers[t], solved[t], k=n, rng=rng, n_subsets=20) for t in voting]))
    covered = float(np.mean([solved[t].any() for t in voting]))
    single = float(np.mean([solved[t].mean() for t in voting]))
    note = f"{len(voting)} of {len(solved)} problems whose official tests are calls with recorded values"
    return [
        *claims,
        claim(names[4], covered - majority, relation=">=", baseline=0.20, note=note),
        claim(names[5], majority, relation=">", baseline=single, note=note),
    ]


def _published(name: str, k: int, value: float, note: str) -> Claim:
    """A measured pass@k within two points of the published one."""
    want = _PUBLISHED[k]
    if k == 1:
        note += "; pass@1 is usually published at a lower temperature than this recording's 0.8"
    return claim(name, value, relation="between", baseline=want, low=want - 0.02, high=want + 0.02, note=note)


def _own_sampler(preset: Preset, seed: int) -> list[Claim]:
    """Toy proposers with a perfect verifier: growth over three decades, and small-with-many against large-with-few."""
    rng = generator(seed, stream=5)
    p, n = (40, 1000) if preset == "small" else (300, 2000)
    tasks = make_tasks(p, rng=rng, n_operators=(3, 9))
    counts = {q: [sum(passes(draw(t, noise=q, rng=rng), t) for _ in range(n)) for t in tasks] for q in (0.5, 0.3)}
    grown = coverage(n, counts[0.5], ks=[1, 10, 100, 1000])
    law = fit_beta_binomial(n, counts[0.5], zero_inflated=True)
    few, many = coverage(n, counts[0.3], ks=[1, n // 8]), coverage(n, counts[0.5], ks=[8, 8 * (n // 8)])
    note = (
        f"{p} toy tasks, {n} programs each; coverage "
        + ", ".join(f"{x:.3f}" for x in grown)
        + f"; zero share {law.zero:.2f}"
    )
    equal = "a program of the larger proposer costs as much as eight of the smaller one"
    return [
        claim(
            "smallest growth of coverage per decade, k = 1, 10, 100, 1,000",
            float(np.diff(grown).min()),
            relation=">",
            baseline=0.0,
            note=note,
        ),
        claim(
            "equal compute, one large sample: small proposer with 8 against large with 1",
            float(many[0]),
            relation=">",
            baseline=float(few[0]),
            note=equal,
        ),
        claim(
            "equal compute, largest budget: small proposer with 8 times the samples against large",
            float(many[1]),
            relation=">",
            baseline=float(few[1]),
            note=equal,
        ),
    ]


def _language_model(preset: Preset, seed: int, context: Context) -> list[Claim]:
    """SmolLM2-135M on the first HumanEval problems, with the official tests as verifier."""
    name = "SmolLM2-135M on HumanEval: coverage at k = 20 against k = 1"
    if preset == "small":
        return [not_run(name, "the full preset only; a small model takes minutes on two cores")]
    from unriddle.lab.models import sample_humaneval

    counts, n = sample_humaneval(context, n_tasks=12, n=20, seed=seed)
    ends = coverage(n, counts, ks=[1, n])
    return [
        claim(
            name,
            float(ends[1]),
            relation=">",
            baseline=float(ends[0]),
            note=f"{len(counts)} problems, {n} programs each",
        )
    ]
