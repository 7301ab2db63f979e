"""The experiment of ``unriddle.methods.b4``: closed form against brute force, simulation, recorded programs and tests.

Not covered: the paper's own recordings, which are not part of the reference data.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lab.codet import recorded_tasks
from unriddle.lab.recorded import NEEDS
from unriddle.lab.recorded_rules import RULES, b4_distinct, pass_at_1, some_right, spread
from unriddle.lab.recorded_tests import RecordedTask
from unriddle.methods._b4_simulation import Thetas, simulate, verdicts_of
from unriddle.score.b4 import b4, b4_exact

__all__ = ["experiment"]

_Floats = npt.NDArray[np.float64]

_TABLE: tuple[tuple[Thetas, int, int, dict[str, float]], ...] = (
    (Thetas(0.2, 0.3, 0.1, 0.4), 10, 30, {"random": 0.23, "maxpass": 0.60, "mbr": 0.73, "codet": 0.83, "b4": 0.98}),
    (Thetas(0.1, 0.2, 0.1, 0.4), 10, 30, {"random": 0.15, "maxpass": 0.20, "mbr": 0.47, "codet": 0.39, "b4": 0.88}),
    (Thetas(0.1, 0.3, 0.3, 0.4), 10, 30, {"random": 0.15, "maxpass": 0.05, "mbr": 0.47, "codet": 0.23, "b4": 0.51}),
    (Thetas(0.2, 0.3, 0.1, 0.4), 10, 10, {"random": 0.23, "maxpass": 0.34, "mbr": 0.56, "codet": 0.59, "b4": 0.76}),
    (Thetas(0.1, 0.5, 0.4, 0.5), 20, 5, {"mbr": 0.40, "b4": 0.33, "codet": 0.27}),
)
"""Reference accuracies (2,000 draws, a = b0 = 10): chances, programs, tests, accuracy by rule."""


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; the last ones need the recording."""
    n_draws = 2000 if preset == "small" else 20_000
    table = [
        simulate(thetas, n=n, m=m, n_draws=n_draws, rng=generator(seed, stream=10 + i))
        for i, (thetas, n, m, _) in enumerate(_TABLE)
    ]
    claims = [*_exactness(seed), *_simulation(table, n_draws), *_orders(table), *_priors(preset, seed)]
    found = recorded_tasks(preset, context)
    if found is None:
        return [*claims, not_run("B4 is not below CodeT on recorded programs and tests", NEEDS)]
    return claims + _recorded(found[0], seed)


def _exactness(seed: int, n_matrices: int = 500) -> list[Claim]:
    """The closed form's choice has the highest exact posterior, on random matrices of at most 6 programs and tests."""
    rng = generator(seed, stream=1)
    agree = 0
    for _ in range(n_matrices):
        n, m = (int(v) for v in rng.integers(2, 7, size=2))
        a, b0 = (int(v) for v in rng.integers(1, 12, size=2))
        table = rng.random((n, m)) < rng.uniform(0.1, 0.9)
        table[rng.integers(n)] = table[rng.integers(n)]
        table[rng.integers(n), rng.integers(m)] = True
        scores = b4(verdicts_of(table), a=a, b0=b0)
        right = b4_exact(table, a=a, b0=b0).right_programs
        alike = (table == table[right.argmax()]).all(axis=1)
        best = scores >= scores.max() - 1e-9
        agree += bool((right == alike).all() and best[right].all())
    note = "the same class of programs; exact: all assignments of right and wrong, thetas integrated by quadrature"
    return [
        claim(
            f"share of {n_matrices} random matrices where brute force chooses as the closed form",
            agree / n_matrices,
            relation="==",
            baseline=1.0,
            note=note,
        )
    ]


def _simulation(table: Sequence[dict[str, float]], n_draws: int) -> list[Claim]:
    """Every reference accuracy beside ours; the reference itself was drawn 2,000 times."""
    errors, claims = [], []
    for measured, (thetas, n, m, reference) in zip(table, _TABLE, strict=True):
        differences = {name: measured[name] - value for name, value in reference.items()}
        worst = max(differences, key=lambda name: abs(differences[name]))
        note = ", ".join(f"{name} {measured[name]:.3f} ({value:.2f})" for name, value in reference.items())
        chances = (thetas.x, thetas.y, thetas.wrong_passes_wrong, thetas.wrong_passes_right)
        errors += [abs(value) for value in differences.values()]
        claims.append(
            claim(
                f"simulation, chances {chances}, {n} programs, {m} tests: largest difference to the table ({worst})",
                abs(differences[worst]),
                relation="<=",
                baseline=0.02,
                note=f"{n_draws} draws; measured (reference): {note}",
            )
        )
    inside = float(np.mean([error <= 0.02 + 0.005 for error in errors]))
    note = f"{len(errors)} figures; the reference is rounded to 0.01, so 0.025 counts as within 0.02"
    return [*claims, claim("share of the simulation table within 0.02", inside, relation="==", baseline=1.0, note=note)]


def _orders(table: Sequence[dict[str, float]]) -> list[Claim]:
    """The order of the rules in the first two rows, and the case where B4 is not best."""
    weak = table[-1]
    return [
        *(
            claim(
                f"simulation, row {i + 1}: {better} above {worse}",
                row[better],
                relation=">",
                baseline=row[worse],
            )
            for i, row in enumerate(table[:2])
            for better, worse in (("b4", "codet"), ("codet", "maxpass"))
        ),
        claim(
            "the failing case: with weak evidence (20 programs, 5 tests) the largest class beats B4",
            weak["mbr"],
            relation=">",
            baseline=weak["b4"],
        ),
    ]


def _priors(preset: Preset, seed: int) -> list[Claim]:
    """Priors made for large data do harm on small matrices; scaled ones do not."""
    n_draws = 2000 if preset == "small" else 10_000
    cases = ((_TABLE[1][0], 10, 30, 0.88, 0.66), (Thetas(0.1, 0.1, 0.1, 0.6), 20, 10, 0.33, 0.07))
    claims = []
    for i, (thetas, n, m, small, large) in enumerate(cases):
        own = simulate(thetas, n=n, m=m, n_draws=n_draws, rng=generator(seed, stream=30 + i))["b4"]
        big = simulate(thetas, n=n, m=m, a=1e3, b0=1e5, n_draws=n_draws, rng=generator(seed, stream=30 + i))["b4"]
        note = f"{n} programs, {m} tests; reference {small} with a = b0 = 10 and {large} with a = 1e3, b0 = 1e5"
        claims.append(claim(f"prior scale, case {i + 1}: small priors win", own, relation=">", baseline=big, note=note))
        claims.append(
            claim(
                f"prior scale, case {i + 1}: accuracy with large priors",
                big,
                relation="between",
                baseline=large,
                low=large - 0.025,
                high=large + 0.025,
                note=note,
            )
        )
    return claims


def _recorded(tasks: Sequence[RecordedTask], seed: int) -> list[Claim]:
    """B4 beside CodeT on recorded programs: everywhere, and where few programs are right."""
    names = ("CodeT", "B4", "B4 with multiplicities", "MaxPass", "MBR (equal pass rows)", "random")
    values = {name: pass_at_1(tasks, RULES[name]) for name in names}
    truth = [task.right for task in tasks]
    difference = spread(values["B4"] - values["CodeT"], seed=seed)
    means = ", ".join(f"{name} {value.mean():.4f}" for name, value in values.items())
    ends = f"difference {difference['value']:+.4f} [{difference['low']:+.4f}, {difference['high']:+.4f}]"
    claims = [
        claim(
            "recorded programs: B4 is not below CodeT by more than the interval (high end of the difference)",
            difference["high"],
            relation=">=",
            baseline=0.0,
            note=f"{len(tasks)} problems; {ends}; pass@1: {means}",
        )
    ]
    few = some_right(truth, below=0.2)
    if not few.any():
        return [*claims, not_run("B4 beats CodeT where less than 20 % of the programs are right", "no such problem")]
    claims += _few_right(values, few, seed)
    claims += _fixed_priors(tasks, values, seed)
    return claims


def _few_right(values: dict[str, _Floats], few: npt.NDArray[np.bool_], seed: int) -> list[Claim]:
    gap = spread((values["B4"] - values["CodeT"])[few], seed=seed)
    means = ", ".join(f"{name} {value[few].mean():.4f}" for name, value in values.items())
    return [
        claim(
            "recorded programs: B4 beats CodeT where less than 20 % of the programs are right",
            float(values["B4"][few].mean()),
            relation=">",
            baseline=float(values["CodeT"][few].mean()),
            note=f"{int(few.sum())} problems; difference {gap['value']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]; "
            f"pass@1: {means}",
        )
    ]


def _fixed_priors(tasks: Sequence[RecordedTask], values: dict[str, _Floats], seed: int) -> list[Claim]:
    """The rule for the priors beside the values the paper fixed for its data sets."""
    claims = []
    for b0 in (1e4, 1e5, 1e6):
        fixed = pass_at_1(tasks, functools.partial(b4_distinct, a=1e3, b0=b0))
        gap = spread(values["B4"] - fixed, seed=seed)
        claims.append(
            claim(
                f"recorded programs: scaled priors are not below a = 1e3, b0 = {b0:.0e} (high end of the difference)",
                gap["high"],
                relation=">=",
                baseline=0.0,
                note=f"fixed priors {fixed.mean():.4f}, scaled {values['B4'].mean():.4f}, difference "
                f"{gap['value']:+.4f} [{gap['low']:+.4f}, {gap['high']:+.4f}]",
            )
        )
    return claims
