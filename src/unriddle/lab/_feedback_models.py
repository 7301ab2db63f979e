"""Models that were trained to repair with one kind of feedback each; part of the experiment of Self-Debug. What they
wrote is recorded and judged again here.

Three runs, one seed each. The first shows the statement: five million weights, trained and drawn on one H100 by a
script around ``train_arm``, the arms side by side; that of blocks ran out of memory while it drew, so that it is
missing, and planned values came later. The same plan as a command, one arm after the other: ``unriddle train feedback
--size 5m --problems 100000 --epochs 1.5 --rows 32 --lr 5e-3 --bugs 500 --device cuda``. The others hide the statement
and have one million weights, on one core: ``unriddle train feedback --problems 40000 --epochs 1.5 --bugs 500
--no-statement --precision bfloat16`` with ``--arm none --arm counterexample --arm blocks`` (stopped before the other
arms), and one model for all kinds, the same with ``--epochs 1 --together``; with ``--rounds 3`` it repairs what it
wrote. Not covered: training.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from unriddle.benchmarks.metrics import paired_bootstrap
from unriddle.contracts import Executor
from unriddle.data.formats.repair import KINDS
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.train.feedback_plan import FeedbackPlan
from unriddle.train.repairs import Repairs, compared, judge_repairs, judge_rounds

__all__ = ["SAID", "TOGETHER", "UNSAID", "feedback_claims"]

_LEVELS = ((1, 0.25), (2, 0.25), (3, 0.25), (4, 0.25))
_RECORDINGS = Path(__file__).with_name("recordings")
_TOLD = {
    "none": "told nothing",
    "error": "told which call fails",
    "counterexample": "told a counterexample",
    "trace": "told the trace",
    "blocks": "told the blocks",
    "plan": "told the trace and the planned values",
    "shuffled": "told the counterexample of another problem",
    "rewrite": "writing anew",
}


@dataclass(frozen=True, slots=True)
class _Run:
    """Recorded repairs of one plan and the pairs of arms to compare; the first of a pair is claimed to be better."""

    plan: FeedbackPlan
    file: str
    models: str
    pairs: tuple[tuple[str, str], ...]
    why_missing: str = ""


SAID = _Run(
    FeedbackPlan(
        size="5m", n_problems=100_000, levels=_LEVELS, epochs=1.5, rows=32, lr=5e-3, eval_problems=500
    ),
    "repairs-5m.jsonl.xz",
    "models trained to repair",
    (
        ("error", "none"), ("counterexample", "none"), ("trace", "none"), ("blocks", "none"),
        ("trace", "counterexample"), ("counterexample", "shuffled"), ("none", "rewrite"),
    ),
    "the samples were lost when they were drawn",
)  # fmt: skip
"""Statements shown."""

UNSAID = _Run(
    FeedbackPlan(
        size="1m", n_problems=40_000, levels=_LEVELS, epochs=1.5, eval_problems=500, statement=False,
        precision="bfloat16",
    ),
    "repairs-1m-unsaid.jsonl.xz",
    "models trained to repair what no statement says",
    (("counterexample", "none"), ("blocks", "none"), ("blocks", "counterexample")),
)  # fmt: skip
"""Statements hidden."""

TOGETHER = _Run(
    dataclasses.replace(UNSAID.plan, epochs=1.0),
    "repairs-1m-together.jsonl.xz",
    "one model trained to repair, told anything, what no statement says",
    (
        ("error", "none"), ("counterexample", "none"), ("trace", "none"), ("blocks", "none"), ("plan", "none"),
        ("trace", "counterexample"), ("blocks", "counterexample"), ("plan", "trace"), ("counterexample", "shuffled"),
    ),
)  # fmt: skip
"""Statements hidden, all kinds of feedback in one model."""


def feedback_claims(preset: Preset, executor: Executor, *, seed: int, context: Context) -> list[Claim]:
    """Repairs of held-out bugs by kind of feedback, at equal draws, examples and updates; low ends of paired
    differences.
    """
    runs = (SAID, UNSAID, TOGETHER)
    claims = [one for run in runs for one in _claims(run, preset, executor, seed=seed, context=context)]
    return claims + _rounds(preset, executor, seed=seed, context=context)


def _claims(run: _Run, preset: Preset, executor: Executor, *, seed: int, context: Context) -> list[Claim]:
    names = [
        f"{run.models}: pass@1, {_TOLD[one]} against {_TOLD[other]} (low end of the paired difference)"
        for one, other in run.pairs
    ]
    if preset == "small":
        return [not_run(name, "full preset only: tens of thousands of programs", baseline=0.0) for name in names]
    context.say(f"judging recorded repairs: {run.models}")
    repairs = judge_repairs(run.plan, [_RECORDINGS / run.file], executor=executor)
    return [
        _one(run, repairs, name, pair, seed=seed) for name, pair in zip(names, run.pairs, strict=True)
    ]  # fmt: skip


def _one(run: _Run, repairs: Repairs, name: str, pair: Sequence[str], *, seed: int) -> Claim:
    missing = [arm for arm in pair if arm not in repairs.draws]
    if missing:
        return not_run(name, f"{missing[0]}: {run.why_missing}", baseline=0.0)
    found = compared(repairs, *pair, rng=generator(seed, stream=7))
    shares = ", ".join(f"{arm} {repairs.pass_at_1(arm).mean():.3f}" for arm in repairs.draws)
    return claim(
        name, found["low"], relation=">", baseline=0.0,
        note=f"{found['value']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}]; {len(repairs.problems)} held-out "
        f"bugs, {run.plan.draws} draws each; pass@1: {shares}",
    )  # fmt: skip


def _rounds(preset: Preset, executor: Executor, *, seed: int, context: Context) -> list[Claim]:
    """Several rounds of repair by the one model, against asking it the same again, and by kind of feedback."""
    pairs = [((kind, False), (kind, True)) for kind in KINDS] + [
        ((kind, False), ("none", False)) for kind in ("trace", "blocks")
    ]
    names = [
        f"three rounds of repair by that model, {_TOLD[one]}, against "
        f"{'asking the same three times' if again else 'three rounds ' + _TOLD[other]} "
        "(low end of the paired difference)"
        for (one, _), (other, again) in pairs
    ]
    if preset == "small":
        return [not_run(name, "full preset only: tens of thousands of programs", baseline=0.0) for name in names]
    context.say("judging recorded rounds of repair")
    solved = judge_rounds(TOGETHER.plan, [_RECORDINGS / "repairs-1m-rounds.jsonl.xz"], executor=executor)
    claims = []
    for name, (one, other) in zip(names, pairs, strict=True):
        ends = [solved[key][:, :, -1].mean(axis=1) for key in (one, other)]
        found = paired_bootstrap(*ends, rng=generator(seed, stream=8), n_resamples=4000)
        shares = [", ".join(f"{share:.3f}" for share in solved[key].mean(axis=(0, 1))) for key in (one, other)]
        claims.append(
            claim(name, found["low"], relation=">", baseline=0.0,
                  note=f"{found['value']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}]; right after each round "
                  f"{shares[0]} against {shares[1]}; a chain ends when the visible cases pass; 500 bugs, 3 chains each")
        )  # fmt: skip
    return claims
