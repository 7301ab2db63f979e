"""The experiment of ``unriddle.methods.pac_prediction_sets``: validity over calibration splits, and sizes of the sets.

Models: a grammar whose probabilities are known, and (full preset) a small model trained on the nursery's world when
there is one (``$UNRIDDLE_NURSERY`` or ``nursery/model``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from unriddle.lab._pac_grammar import draw_pair
from unriddle.lab.base import Claim, Context, Preset, Relation, claim, generator, not_run
from unriddle.methods.pac_prediction_sets import (
    GRID,
    SOLVERS,
    CodeTree,
    Generated,
    PartialProgram,
    build_tree,
    certified_place,
    contains,
    first_hit,
    from_completion,
    max_errors,
    nested_family,
)

__all__ = ["Sets", "experiment", "measure", "splits"]

_Floats = npt.NDArray[np.float64]
_EPS = (0.05, 0.1, 0.2)
_DELTA = 0.1
_N_SPLITS = 500


@dataclass(frozen=True, eq=False)
class Sets:
    """Every set of one solver over a pool of ``p`` pairs.

    Attributes:
        hit: ``(p,)`` number of the first threshold whose set holds the target.
        removed: ``(p, g + 1)`` share of the nodes removed at each threshold.
    """

    hit: npt.NDArray[np.int64]
    removed: _Floats


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; the trained model needs the full preset and a folder."""
    rng = generator(seed, stream=1)
    p = 600 if preset == "small" else 4000
    context.say(f"drawing {p} pairs of the grammar model")
    pairs = [draw_pair(rng) for _ in range(p)]
    pool = [from_completion(pair.completion) for pair in pairs]
    targets = [pair.target for pair in pairs]
    return [
        *_bound(),
        *_model("grammar model", pool, targets, seed, context),
        *_joint(pool[: 12 if preset == "small" else 60]),
        *_nursery(preset, seed, context),
    ]


def _bound() -> list[Claim]:
    """The allowed number of errors beside scipy's binomial distribution."""
    name = "largest difference of max_errors from scipy's binomial tail, n to 2,000"
    try:
        from scipy.stats import binom
    except ImportError:
        return [not_run(name, "needs scipy (unriddle[fit])", relation="==", baseline=0)]
    worst, cases = 0, 0
    for n in [*range(1, 60), *range(60, 2001, 97), 2000]:
        for eps in (0.01, 0.03, 0.1, 0.3, 0.5):
            for delta in (0.01, 0.1):
                tail = binom.cdf(np.arange(n + 1), n, eps)
                worst = max(worst, abs(max_errors(n, eps, delta) - (int((tail <= delta).sum()) - 1)))
                cases += 1
    return [claim(name, worst, relation="==", baseline=0, note=f"{cases} cases")]


def _model(
    name: str, pool: Sequence[Generated], targets: Sequence[str], seed: int, context: Context, *, more: str = ""
) -> list[Claim]:
    """Validity and sizes on one model's pool."""
    rng = generator(seed, stream=2)
    trees, mixed = [_tree(one) for one in pool], [_tree(_shuffled(one, rng)) for one in pool]
    wanted = [build_tree(target) for target in targets]
    kinds = {
        "exact, m = 4": ("exact", 4, trees),
        "exact, m = 1": ("exact", 1, trees),
        "greedy, m = 4": ("greedy", 4, trees),
        "threshold": ("threshold", 0, trees),
        "shuffled, m = 4": ("exact", 4, mixed),
    }
    results = {}
    n = len(pool) // 10
    for label, (solver, holes, items) in kinds.items():
        context.say(f"{name}: sets of {label}")
        sets = measure(items, wanted, solver=solver, max_holes=holes)
        results[label] = {eps: splits(sets, n=n, eps=eps, rng=generator(seed, stream=3)) for eps in _EPS}
    note = f"{len(pool)} pairs, {n} to calibrate and the others to test, {_N_SPLITS} splits, delta = {_DELTA:g}{more}"
    return [*_validity(name, results, note), *_sizes(name, results, note)]


def _tree(one: Generated) -> CodeTree:
    return build_tree(one.code, tokens=one.tokens, token_logprobs=one.token_logprobs, start=one.start)


def _shuffled(one: Generated, rng: np.random.Generator) -> Generated:
    values = tuple(float(x) for x in rng.permutation(one.token_logprobs))
    return Generated(one.code, one.tokens, values, one.start)


def measure(trees: Sequence[CodeTree], wanted: Sequence[CodeTree], *, solver: str, max_holes: int) -> Sets:
    """Every set of a solver over a pool of programs and their targets."""
    hits, removed = [], []
    for tree, target in zip(trees, wanted, strict=True):
        family = SOLVERS[solver](tree, GRID, max_holes=max_holes)
        hits.append(first_hit(tree, family, partial(_holds, target=target)))
        removed.append(1 - family.mean(axis=1))
    return Sets(np.array(hits), np.array(removed))


def _holds(program: PartialProgram, *, target: CodeTree) -> bool:
    return contains(program, target)


def splits(sets: Sets, *, n: int, eps: float, rng: np.random.Generator) -> tuple[float, float]:
    """Share of the splits whose test miss rate is above ``eps``, and the mean share of nodes removed in testing."""
    p, allowed = sets.hit.size, max_errors(n, eps, _DELTA)
    broken, removed = 0, 0.0
    for _ in range(_N_SPLITS):
        order = rng.permutation(p)
        place = certified_place(sets.hit[order[:n]], allowed, len(GRID))
        test = order[n:]
        broken += float((sets.hit[test] > place).mean()) > eps
        removed += float(sets.removed[test, place].mean())
    return broken / _N_SPLITS, removed / _N_SPLITS


def _validity(name: str, results: dict[str, dict[float, tuple[float, float]]], note: str) -> list[Claim]:
    allowed = _DELTA + 3 * float(np.sqrt(_DELTA * (1 - _DELTA) / _N_SPLITS))
    return [
        claim(
            f"{name}: share of splits that miss more than {eps:g} of the targets ({label})",
            results[label][eps][0],
            relation="<=",
            baseline=allowed,
            note=note,
        )
        for label in ("exact, m = 4", "exact, m = 1", "shuffled, m = 4")
        for eps in _EPS
    ]


def _sizes(name: str, results: dict[str, dict[float, tuple[float, float]]], note: str) -> list[Claim]:
    """Mean share of nodes removed, over the levels of epsilon."""
    size = {label: float(np.mean([by[eps][1] for eps in _EPS])) for label, by in results.items()}
    each = "; ".join(f"{label}: " + ", ".join(f"{by[eps][1]:.3f}" for eps in _EPS) for label, by in results.items())
    note = f"mean over eps = {', '.join(f'{eps:g}' for eps in _EPS)}; {each}; {note}"
    order: list[tuple[str, Relation, str]] = [
        ("exact, m = 4", "<=", "greedy, m = 4"),
        ("greedy, m = 4", "<=", "threshold"),
        ("exact, m = 1", ">=", "exact, m = 4"),
        ("shuffled, m = 4", ">", "exact, m = 4"),
    ]
    return [
        claim(
            f"{name}: share of nodes removed, {left} against {right}",
            size[left],
            relation=relation,
            baseline=size[right],
            note=note,
        )
        for left, relation, right in order
    ]


def _joint(pool: Sequence[Generated]) -> list[Claim]:
    """What solving every threshold inside the last one loses against solving all of them together."""
    name = "nodes kept over ten thresholds: one after the other, as a share of the joint optimum"
    try:
        import scipy.optimize  # noqa: F401
    except ImportError:
        return [not_run(name, "needs scipy (unriddle[fit])", relation=">=", baseline=0.99)]
    grid, nested, joint = GRID[::10], 0, 0
    for one in pool:
        tree = _tree(one)
        nested += int(nested_family(tree, grid, max_holes=2).sum())
        joint += int(SOLVERS["joint"](tree, grid, max_holes=2).sum())
    return [claim(name, nested / joint, relation=">=", baseline=0.99, note=f"{len(pool)} programs, m = 2")]


def _nursery(preset: Preset, seed: int, context: Context) -> list[Claim]:
    """The same on a small trained model, when there is one."""
    name = "nursery model: share of splits that miss more than 0.1 of the targets"
    if preset == "small":
        return [not_run(name, "the full preset only; sampling a trained model takes minutes", relation="<=")]
    from unriddle.lab._pac_nursery import pairs, why_not

    reason = why_not()
    if reason:
        return [not_run(name, reason, relation="<=")]
    pool, targets, dropped = pairs(400, seed=seed, context=context)
    if len(pool) < 100:
        return [not_run(name, f"only {len(pool)} of 400 programs parse", relation="<=")]
    more = f"; {dropped} programs that do not parse are left out, so it holds for those that do"
    return _model("nursery model", pool, targets, seed, context, more=more)
