"""Models of five million weights that were trained to repair with one kind of feedback each; part of the experiment of
Self-Debug. Their programs are recorded and judged again here.

They were trained and drawn on one H100 by a script around ``train_arm``, the arms side by side; that of blocks ran out
of memory while it drew, so that it is missing. The same plan as a command, one arm after the other: ``unriddle train
feedback --size 5m --problems 100000 --epochs 1.5 --rows 32 --lr 5e-3 --bugs 500 --device cuda``. Not covered: training,
which takes minutes on a GPU and hours on two cores.
"""

from __future__ import annotations

from pathlib import Path

from unriddle.contracts import Executor
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.train.feedback_models import FeedbackPlan
from unriddle.train.repairs import compared, judge_repairs

__all__ = ["PLAN", "feedback_claims"]

PLAN = FeedbackPlan(
    size="5m",
    n_problems=100_000,
    levels=((1, 0.25), (2, 0.25), (3, 0.25), (4, 0.25)),
    epochs=1.5,
    rows=32,
    lr=5e-3,
    eval_problems=500,
)
_SAMPLES = Path(__file__).with_name("recordings") / "repairs-5m.jsonl.xz"
_PAIRS = (
    ("error", "none", "told which call fails against told nothing"),
    ("counterexample", "none", "told a counterexample against told nothing"),
    ("trace", "none", "told the trace against told nothing"),
    ("blocks", "none", "told the blocks against told nothing"),
    ("trace", "counterexample", "told the trace against told a counterexample only"),
    ("counterexample", "shuffled", "told a counterexample against told that of another problem"),
    ("none", "rewrite", "shown the buggy program against writing anew"),
)


def feedback_claims(preset: Preset, executor: Executor, *, seed: int, context: Context) -> list[Claim]:
    """Repairs of held-out bugs by kind of feedback, at equal draws, examples and updates; low ends of paired
    differences.
    """
    names = [f"models trained to repair: pass@1, {words} (low end of the paired difference)" for *_, words in _PAIRS]
    if preset == "small":
        return [not_run(name, "full preset only: 33,000 programs", baseline=0.0) for name in names]
    context.say("judging recorded repairs of trained models")
    repairs = judge_repairs(PLAN, [_SAMPLES], executor=executor)
    shares = ", ".join(f"{arm} {repairs.pass_at_1(arm).mean():.3f}" for arm in repairs.draws)
    made = []
    for name, (one, other, _) in zip(names, _PAIRS, strict=True):
        if one not in repairs.draws:
            made.append(not_run(name, f"the samples of {one} were lost when they were drawn", baseline=0.0))
            continue
        found = compared(repairs, one, other, rng=generator(seed, stream=7))
        note = f"{found['value']:+.4f} [{found['low']:+.4f}, {found['high']:+.4f}]; 500 held-out bugs, 10 draws each; "
        made.append(claim(name, found["low"], relation=">", baseline=0.0, note=f"{note}pass@1: {shares}"))
    return made
