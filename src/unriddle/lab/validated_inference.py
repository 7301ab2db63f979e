"""Experiment on validated inference: exactness of every part, seeded faults, calibration, posteriors over programs.

Not covered: speed against hand-written inference.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from unriddle.benchmarks.metrics import paired_bootstrap
from unriddle.lab._inference_programs import Guesses, SmallTask, averaged_or_best, estimate, small_tasks, variation
from unriddle.lab.base import Claim, Context, Preset, claim, generator
from unriddle.methods._inference_models import Conjugate, beta_bernoulli, normal_normal, soft_sprinkler
from unriddle.methods._program_domains import DOMAINS
from unriddle.methods.validated_inference import check_faults, check_parts
from unriddle.propose.inference.calibration import calibration_ranks, uniform_p_value
from unriddle.propose.inference.context import Model
from unriddle.propose.inference.resample import RESAMPLERS
from unriddle.propose.inference.runners import Posterior, enumerate_exact, importance, mh, pmmh, rm_smc, smc
from unriddle.propose.inference.sequential import smc_program
from unriddle.propose.inference.validity import meaning

__all__ = ["experiment"]

Sampler = Callable[[Model, np.random.Generator], Posterior]

_RAIN, _EVIDENCE = 0.108635, 0.5026


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the card; nothing of it needs data."""
    full = preset == "full"
    claims = _exactness(full=full)
    context.say("validity checked")
    claims += _sprinkler(seed, n=50_000 if full else 5_000)
    claims += _calibration(seed, n_repeats=525 if full else 84, say=context.say)
    claims += _against_enumeration(seed, n_tasks=40 if full else 12, n_repeats=5 if full else 2)
    context.say("program posteriors compared with enumeration")
    return claims + _averaging(seed, n_tasks=200 if full else 20, say=context.say)


def _exactness(*, full: bool) -> list[Claim]:
    """All parts valid, all faults caught."""
    sizes = [(2, 1), (2, 2), (2, 3), (3, 1), *([(3, 2), (3, 3)] if full else [])]
    checks = check_parts(sizes=sizes)
    chains = [c for c in checks if "MH" in c.part or "trees" in c.part]
    transforms = [c for c in checks if c not in chains]
    faults = check_faults()
    caught = [name for name, found in faults.items() if any(not check.found.valid for check in found)]
    shown = ", ".join(f"(n = {n}, k = {k})" for n, k in sizes)
    return [
        claim(
            "transformations that mean exactly what the model means (fractions), share of checks",
            float(np.mean([c.found.difference == 0 for c in transforms])),
            relation="==",
            baseline=1.0,
            note=f"{len(transforms)} checks: six models, SMC with three resamplers at {shown}, resample-move, collapse",
        ),
        claim(
            "chains: largest difference between π and πP, whole transition matrices",
            max(c.found.difference for c in chains),
            relation="<=",
            baseline=1e-12,
            note=f"{len(chains)} chains, {sum(c.found.n_states for c in chains)} states: traces, particle MH, trees",
        ),
        claim(
            "seeded faults caught by the checks, share",
            len(caught) / len(faults),
            relation="==",
            baseline=1.0,
            note=f"{len(faults)} faults: {'; '.join(faults)}",
        ),
    ]


def _sprinkler(seed: int, *, n: int) -> list[Claim]:
    """The model with known answers: enumerated, the mean of Z over all randomness, and every sampler."""
    exact = enumerate_exact(soft_sprinkler)
    means = {meaning(smc_program(soft_sprinkler, n=n, n_steps=2)).evidence for n in (1, 2, 3)}
    samplers = _samplers(n)
    errors = {}
    for i, (name, run) in enumerate(samplers.items()):
        draws = [run(soft_sprinkler, generator(seed, stream=100 + 10 * i + j)) for j in range(3)]
        # Equal weights of evidence and of draws: what is pooled are numerators and denominators, not quotients.
        top, whole = (sum(math.exp(d.log_evidence) * f(d) if not math.isnan(d.log_evidence) else f(d) for d in draws)
                      for f in (lambda d: d.probabilities().get(True, 0.0), lambda d: 1.0))  # fmt: skip
        errors[name] = abs(top / whole - _RAIN)
    worst = max(errors, key=lambda name: errors[name])
    return [
        claim(
            "soft sprinkler: P(rain) by enumeration, difference from 0.108635",
            abs(exact.probabilities()[True] - _RAIN),
            relation="<=",
            baseline=5e-7,
        ),
        claim(
            "soft sprinkler: mean of Z over all randomness of SMC (n = 1, 2, 3), largest difference from 0.5026",
            max(abs(float(mean) - _EVIDENCE) for mean in means),
            relation="<=",
            baseline=1e-15,
        ),
        claim(
            f"soft sprinkler: largest error of P(rain) over {len(samplers)} samplers",
            errors[worst],
            relation="<=",
            baseline=0.01,
            note=f"{worst}; three runs of {n} draws or steps each",
        ),
    ]


def _samplers(n: int) -> dict[str, Sampler]:
    made: dict[str, Sampler] = {"importance": lambda model, rng: importance(model, n=n, rng=rng)}
    for rule in RESAMPLERS:
        made[f"SMC, {rule}"] = partial(_smc, n=n, rule=rule)
    made["resample-move SMC"] = lambda model, rng: rm_smc(model, n=n // 2, rng=rng)
    made["MH"] = lambda model, rng: mh(model, n_steps=n, burn_in=50, rng=rng)
    return made


def _smc(model: Model, rng: np.random.Generator, *, n: int, rule: str) -> Posterior:
    return smc(model, n=n, resampler=rule, rng=rng)


def _calibration(seed: int, *, n_repeats: int, say: Callable[[str], None]) -> list[Claim]:
    """Ranks of true parameters, for all samplers on two conjugate models; and a sampler that forgets its weights."""
    values: dict[str, float] = {}
    wrong: dict[str, float] = {}
    forgetful: dict[str, float] = {}
    # Numbers of draws, steps and thinning were fixed from what each method needs, not from the ranks.
    for i, (name, model) in enumerate((("beta", beta_bernoulli()), ("normal", normal_normal()))):
        samplers = {**_samplers(200), "MH": lambda m, rng: mh(m, n_steps=840, burn_in=60, thin=40, rng=rng)}
        for j, (sampler, run) in enumerate(samplers.items()):
            values[f"{sampler}, {name}"] = _p_value(model, run, n_repeats, seed, 200 + 20 * i + j)
        values[f"particle MH, {name}"] = _p_value(model, None, n_repeats, seed, 210 + 20 * i)
        wrong[name] = _p_value(model, _too_sure, 4 * n_repeats, seed, 211 + 20 * i)
        forgetful[name] = _p_value(model, partial(_too_sure, times=0), 4 * n_repeats, seed, 212 + 20 * i)
        say(f"calibration on the {name} model done")
    worst = min(values, key=lambda key: values[key])
    shown = ", ".join(f"{key} {value:.3f}" for key, value in values.items())
    return [
        claim(
            f"simulation-based calibration: smallest p-value of {len(values)} samplers and models, times their number",
            values[worst] * len(values),
            relation=">",
            baseline=0.05,
            note=f"{worst}; chi-square of 7 bins, {n_repeats} repeats each: {shown}",
        ),
        claim(
            "simulation-based calibration notices a sampler that counts the data four times (largest p-value)",
            max(wrong.values()),
            relation="<",
            baseline=0.001,
            note=f"two models, {4 * n_repeats} repeats; its blind spot: a sampler that forgets the data and gives the "
            f"prior has even ranks too (smallest p-value {min(forgetful.values()):.3f}); only the validity check "
            "catches it",
        ),
    ]


def _too_sure(model: Model, rng: np.random.Generator, *, times: int = 4) -> Posterior:
    """Importance sampling that counts the data so many times; with 0 it forgets them, which gives the prior."""
    found = importance(model, n=200, rng=rng)
    return Posterior(found.values, times * found.log_weights)


def _p_value(model: Conjugate, run: Sampler | None, n_repeats: int, seed: int, stream: int) -> float:
    rng = generator(seed, stream=stream)
    if run is not None:
        ranks = calibration_ranks(model.prior, model.data, model.condition, run, n_repeats=n_repeats, rng=rng)
    else:
        ranks = calibration_ranks(
            model.prior, model.data, lambda data: data, partial(_particle, model), n_repeats=n_repeats, rng=rng
        )
    return uniform_p_value(ranks, n_ranks=21, n_bins=7)


def _particle(model: Conjugate, data: Any, rng: np.random.Generator) -> Posterior:
    found = pmmh(model.prior, model.likelihood(data), n=3, n_steps=252, burn_in=24, thin=12, rng=rng)
    return Posterior(tuple(parameter for parameter, _ in found.values), found.log_weights, accepted=found.accepted)


def _against_enumeration(seed: int, *, n_tasks: int, n_repeats: int) -> list[Claim]:
    """Arithmetic programs of at most five productions, whose posterior is known."""
    tasks = small_tasks(n_tasks, rng=generator(seed, stream=300))
    m = len(tasks[0].task.inputs)
    ways: dict[str, dict[str, Any]] = {
        "importance": {"n_moves": 0, "suspends": False},
        "suspending": {"n_moves": 0, "suspends": True},
        "redrawing": {"n_moves": 1, "suspends": True},
    }
    found = {name: _found_best(tasks, n_repeats, seed, 310 + i, n=200, **way) for i, (name, way) in
             enumerate(ways.items())}  # fmt: skip
    equal = _found_best(tasks, n_repeats, seed, 320, n=200 * (1 + m), **ways["importance"])
    sizes = (200, 1000, 5000)
    apart = {name: [_variation(tasks[:6], seed, 330 + 10 * i + j, n=n, **way) for j, n in enumerate(sizes)]
             for i, (name, way) in enumerate(ways.items())}  # fmt: skip
    note = f"{n_tasks} tasks, {n_repeats} runs each, six examples, a tenth of them wrong; most probable behaviour"
    pairs = (
        ("SMC that suspends (200 particles) against importance sampling (200 draws)", found["suspending"],
         found["importance"]),
        ("SMC that redraws a part after each example (200 particles) against importance sampling (200 draws)",
         found["redrawing"], found["importance"]),
        (f"the same against importance sampling with as many draws as it proposes ({200 * (1 + m)})",
         found["redrawing"], equal),
    )  # fmt: skip
    claims = []
    for i, (words, ours, theirs) in enumerate(pairs):
        gap = paired_bootstrap(ours, theirs, rng=generator(seed, stream=360 + i))
        claims.append(
            claim(
                f"most probable program found: {words}", float(np.mean(ours)), relation=">",
                baseline=float(np.mean(theirs)), note=f"{note}; difference {gap['value']:+.3f} "
                f"[{gap['low']:+.3f}, {gap['high']:+.3f}]",
            )
        )  # fmt: skip
    for name, values in apart.items():
        shown = ", ".join(f"{value:.3f}" for value in values)
        what = f"total variation from enumeration, {name}"
        claims.append(claim(f"{what}: at 5,000", values[-1], relation="<", baseline=0.05, note=f"{shown} at {sizes}"))
        falls = values[0] > values[1] > values[2]
        claims.append(claim(f"{what}: falls with n", float(falls), relation="==", baseline=1.0, note=shown))
    return claims


def _found_best(tasks: list[SmallTask], n_repeats: int, seed: int, stream: int, **way: Any) -> list[float]:
    """For each task, the share of runs whose most probable behaviour is the exact one."""
    rng, shares = generator(seed, stream=stream), []
    for small in tasks:
        wanted = max(small.exact, key=lambda values: small.exact[values])
        hits = 0
        for _ in range(n_repeats):
            guess = estimate(small, rng=rng, **way)
            hits += max(guess, key=lambda values: guess[values]) == wanted
        shares.append(hits / n_repeats)
    return shares


def _variation(tasks: list[SmallTask], seed: int, stream: int, **way: Any) -> float:
    rng = generator(seed, stream=stream)
    return float(np.mean([variation(estimate(small, rng=rng, **way), small.exact) for small in tasks]))


def _averaging(seed: int, *, n_tasks: int, say: Callable[[str], None]) -> list[Claim]:
    """Predictions on inputs not shown, a fifth of the examples wrong: averaged, and by single programs of the run.

    First by a posterior that knows how tasks come about; then by one that does not (no constant or trivial programs,
    inputs made for the program, wrong examples near the right ones), so that it believes what is not so.
    """
    claims, pooled = [], {True: _Arms(), False: _Arms()}
    for knows in (True, False):
        for i, domain in enumerate(DOMAINS):
            for j, algorithm in enumerate(("smc", "mcmc") if knows else ("smc",)):
                stream = 500 + 40 * knows + 4 * i + j
                runs = [
                    averaged_or_best(domain, algorithm=algorithm, noise=0.2, n_examples=6, knows=knows,
                                     rng=generator(seed, stream=1000 * stream + t)) for t in range(n_tasks)
                ]  # fmt: skip
                pooled[knows].add(runs)
                words = "" if knows else ", how tasks come about not known to it"
                claims.append(_Arms().add(runs).claim(f"{domain.name}, {algorithm}{words}", seed, stream))
            say(f"averaging on {domain.name} done")
    unknown = "all domains, how tasks come about not known to it"
    return [pooled[True].claim("all domains", seed, 601), pooled[False].claim(unknown, seed, 600), *claims]


class _Arms:
    """Shares of values predicted rightly by the ways to guess, over tasks."""

    def __init__(self) -> None:
        self.runs: list[Guesses] = []

    def add(self, runs: list[Guesses]) -> _Arms:
        """These tasks too."""
        self.runs += runs
        return self

    def claim(self, words: str, seed: int, stream: int) -> Claim:
        """Averaged against the most probable program; the interval is of the paired difference."""
        best = [run.best for run in self.runs]
        gaps = {name: paired_bootstrap(values, best, rng=generator(seed, stream=stream)) for name, values in
                (("found", [r.found for r in self.runs]), ("sampler", [r.averaged for r in self.runs]))}  # fmt: skip
        shown = {name: f"{gap['value']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]" for name, gap in gaps.items()}
        means = {name: np.mean([getattr(run, name) for run in self.runs]) for name in
                 ("found", "best", "averaged", "fitting", "n_programs")}  # fmt: skip
        note = (
            f"{len(self.runs)} generated tasks, six examples, a fifth of them wrong; share of values right: averaged "
            f"{means['found']:.4f}, most probable program {means['best']:.4f}, difference {shown['found']}; averaged "
            f"by the sampler's own weights {means['averaged']:.4f}, difference {shown['sampler']}; the program that "
            f"fits most examples {means['fitting']:.4f}; all from the same {means['n_programs']:.0f} programs"
        )
        return claim(
            f"averaged predictions beat the most probable program, {words} (low end of the paired difference)",
            round(gaps["found"]["low"], 9),  # an end at 0 is not above it, whatever rounding says
            relation=">",
            baseline=0.0,
            low=gaps["found"]["low"],
            high=gaps["found"]["high"],
            note=note,
        )
