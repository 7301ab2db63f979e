"""The experiment of ``unriddle.methods.codet``: every rule of choosing on the authors' recorded programs and tests.

Not covered: other models' recordings; sampling programs and tests anew (the method's solver does that).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lab.recorded import NEEDS, judge_plus
from unriddle.lab.recorded_rules import RULES, on_tests, pass_at_1, some_right, spread
from unriddle.lab.recorded_tests import RecordedTask, Work, run_recorded
from unriddle.outcome import Status
from unriddle.score.codet import codet
from unriddle.score.mbr import mbr
from unriddle.score.passed import fraction
from unriddle.score.ties import expected_pass_at_k
from unriddle.verdicts import Verdicts

__all__ = ["experiment", "recorded_tasks", "with_wrong_tests"]

_Floats = npt.NDArray[np.float64]

_PUBLISHED = {"random": 0.297, "CodeT": 0.367}
"""pass@1 of CodeGen-16B on HumanEval."""


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; all of them need the recording."""
    found = recorded_tasks(preset, context)
    if found is None:
        return [not_run("CodeT gains over a random choice on recorded programs and tests", NEEDS)]
    tasks, work = found
    values = {name: pass_at_1(tasks, rule) for name, rule in RULES.items()}
    claims = [*_published(values, seed, preset), *_table(tasks, values, seed), *_work(work, preset)]
    claims += [*_filtered(tasks, values, seed), *_formulas(tasks, values, seed), *_fewer_tests(tasks, values, seed)]
    claims += _noise(tasks, values, seed)
    return claims + (_plus(tasks, seed, context) if preset == "full" else [])


def recorded_tasks(preset: Preset, context: Context) -> tuple[list[RecordedTask], Work] | None:
    """The recording, or every 13th problem with 20 programs and 100 tests; ``None`` when it is not there."""
    if preset == "full":
        return run_recorded(context)
    return run_recorded(context, tasks=range(0, 164, 13), n=20, m=100)


def _published(values: dict[str, _Floats], seed: int, preset: Preset) -> list[Claim]:
    gain = spread(values["CodeT"] - values["random"], seed=seed)
    note = f"gain {gain['value']:.4f}, 95 % interval [{gain['low']:.4f}, {gain['high']:.4f}], paired over problems"
    claims = [
        claim("CodeT's gain in pass@1 over a random choice", gain["value"], relation=">", baseline=0.0, note=note)
    ]
    if preset == "small":
        return claims
    claims.append(claim("the gain's low end of 95 %", gain["low"], relation=">", baseline=0.0, note=note))
    return claims + [
        claim(
            f"pass@1 of {name} is within 1.5 points of the published figure",
            float(values[name].mean()),
            relation="between",
            baseline=figure,
            low=figure - 0.015,
            high=figure + 0.015,
            note="CodeGen-16B on HumanEval, 164 problems, 100 programs and 100 draws of tests, temperature 0.8; "
            "the temperature of the published random choice is not in the recording",
        )
        for name, figure in _PUBLISHED.items()
    ]


def _table(tasks: Sequence[RecordedTask], values: dict[str, _Floats], seed: int) -> list[Claim]:
    """One line for each rule: pass@1 with its interval, against a random choice."""
    base = float(values["random"].mean())
    n_right = int(some_right([task.right for task in tasks], below=2.0).sum())
    claims = []
    for name, value in values.items():
        if name == "random":
            continue
        all_of_them, gain = spread(value, seed=seed), spread(value - values["random"], seed=seed)
        note = (
            f"all {len(tasks)} problems ({n_right} have a right program); paired gain {gain['value']:+.4f} "
            f"[{gain['low']:+.4f}, {gain['high']:+.4f}]"
        )
        ends = {"low": all_of_them["low"], "high": all_of_them["high"]}
        claims.append(claim(f"pass@1 of {name}", all_of_them["value"], relation=">", baseline=base, **ends, note=note))
    return claims


def _work(work: Work, preset: Preset) -> list[Claim]:
    if not work.n_timed:
        return [not_run("minutes of running all pairs", "verdicts were kept and their time is not known")]
    rate, pairs = work.n_timed / work.seconds, work.n_pairs * work.n_timed / work.n_runs / work.seconds
    note = (
        f"{work.n_pairs} pairs of program and test are {work.n_runs} executions (distinct programs and calls); "
        f"{work.n_timed} of them took {work.seconds:.0f} s: {rate:.0f} executions, {pairs:.0f} pairs a second"
    )
    allowed = 30.0 if preset == "full" else 1.0
    return [claim("minutes of running all pairs", work.seconds / 60, relation="<=", baseline=allowed, note=note)]


def _filtered(tasks: Sequence[RecordedTask], values: dict[str, _Floats], seed: int) -> list[Claim]:
    """Only problems where some but not all programs are right: elsewhere no rule can matter."""
    kept = some_right([task.right for task in tasks])
    if not kept.any():
        return [not_run("filtered: pass@1 where choosing matters", "no problem has right and wrong programs")]
    base = float(values["random"][kept].mean())
    rows = []
    for name in ("MaxPass", "MBR (equal pass rows)", "output vote", "AlphaCode clusters", "CodeT", "B4"):
        found = spread(values[name][kept], seed=seed)
        ends = {"low": found["low"], "high": found["high"]}
        note = f"{int(kept.sum())} problems with right and wrong programs"
        rows.append(
            claim(f"filtered: pass@1 of {name}", found["value"], relation=">", baseline=base, **ends, note=note)
        )
    return rows


def _formulas(tasks: Sequence[RecordedTask], values: dict[str, _Floats], seed: int) -> list[Claim]:
    """The published form against its parts."""
    others: dict[str, Callable[[Verdicts], _Floats]] = {
        "|X| |T| without damping": functools.partial(codet, damping="none"),
        "most tests passed, max |T|": fraction,
        "largest set, max |X|": mbr,
    }
    claims = []
    for name, rule in others.items():
        value = pass_at_1(tasks, on_tests(rule))
        gain = spread(values["CodeT"] - value, seed=seed)
        note = f"difference {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"
        claims.append(
            claim(
                f"ablation: sqrt|X| |T| is not below {name}",
                float(values["CodeT"].mean()),
                relation=">=",
                baseline=float(value.mean()),
                note=note,
            )
        )
    return claims


def _fewer_tests(tasks: Sequence[RecordedTask], values: dict[str, _Floats], seed: int) -> list[Claim]:
    """The first 5, 10, 20, … tests of each problem."""
    means = {}
    for m in (5, 10, 20, 50):
        cut = [_first_tests(task, m) for task in tasks]
        means[m] = float(np.mean([_choose(v, task.right) for v, task in zip(cut, tasks, strict=True)]))
    everything = float(values["CodeT"].mean())
    note = ", ".join(f"{m} tests {value:.4f}" for m, value in means.items()) + f", all {everything:.4f}"
    base = float(values["random"].mean())
    return [
        claim("ablation: ten tests gain over a random choice", means[10], relation=">", baseline=base, note=note),
        claim("ablation: all tests are not below five", everything, relation=">=", baseline=means[5], note=note),
    ]


def _first_tests(task: RecordedTask, m: int) -> Verdicts:
    whole = task.verdicts()
    return whole.take(None, range(min(m, whole.shape[1])))


def _choose(verdicts: Verdicts, right: npt.NDArray[np.bool_]) -> float:
    return expected_pass_at_k(codet(verdicts), right)


def _noise(tasks: Sequence[RecordedTask], values: dict[str, _Floats], seed: int) -> list[Claim]:
    """A share of the tests gets another expected value: one that some other program returns."""
    means = {0.0: float(values["CodeT"].mean())}
    for share in (0.25, 0.5, 0.75, 1.0):
        rng = generator(seed, stream=3)
        blurred = [with_wrong_tests(task.verdicts(), share=share, rng=rng) for task in tasks]
        means[share] = float(np.mean([_choose(v, task.right) for v, task in zip(blurred, tasks, strict=True)]))
    note = ", ".join(f"{share:.0%} {value:.4f}" for share, value in means.items())
    base = float(values["random"].mean())
    broken = next(
        (f"no gain from {share:.0%} on" for share, value in means.items() if value <= base), "gain throughout"
    )
    note = f"pass@1 by share of tests made wrong: {note}; random {base:.4f}; {broken}"
    return [
        claim(
            "noise: a quarter of the tests made wrong leaves a gain",
            means[0.25],
            relation=">",
            baseline=base,
            note=note,
        ),
        claim("noise: with all tests made wrong there is no gain", means[1.0], relation="<=", baseline=base, note=note),
    ]


def with_wrong_tests(verdicts: Verdicts, *, share: float, rng: np.random.Generator) -> Verdicts:
    """The same matrix after this share of its columns got a new expected value.

    The new value is drawn from those that programs return there and that do not pass; where all that return anything
    pass, nobody passes the changed test.
    """
    status = verdicts.status.copy()
    for j in np.flatnonzero(rng.random(verdicts.shape[1]) < share).tolist():
        column, value = status[:, j].copy(), verdicts.value[:, j]
        wrong = np.unique(value[(column != Status.PASS) & (value >= 0)])
        status[column == Status.PASS, j] = Status.FAIL
        if wrong.size:
            status[value == rng.choice(wrong), j] = Status.PASS
    return replace(verdicts, status=status)


def _plus(tasks: Sequence[RecordedTask], seed: int, context: Context) -> list[Claim]:
    """The same choices under a stricter truth: HumanEval+ as well as the official tests."""
    truth = judge_plus(context)
    if truth is None:
        return [not_run("HumanEval+: CodeT gains over a random choice", "needs the folder humanevalplus")]
    strict = [truth[1][task.problem.id] for task in tasks]
    base = pass_at_1(tasks, RULES["random"], right=strict)
    claims = []
    for name in ("CodeT", "B4", "MaxPass"):
        value = pass_at_1(tasks, RULES[name], right=strict)
        found, gain = spread(value, seed=seed), spread(value - base, seed=seed)
        note = f"paired gain {gain['value']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"
        ends = {"low": found["low"], "high": found["high"]}
        claims.append(
            claim(
                f"HumanEval+ as truth: pass@1 of {name}",
                found["value"],
                relation=">",
                baseline=float(base.mean()),
                **ends,
                note=note,
            )
        )
    return claims
