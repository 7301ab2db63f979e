"""``unriddle train feedback``: which kind of feedback helps a model that was trained to use it.

Not covered: repair with a model of yours (``unriddle.propose.lm_repair``).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from unriddle.errors import BadInput, TrainError

if TYPE_CHECKING:
    from unriddle.train.feedback_plan import FeedbackPlan

__all__ = ["feedback_command"]


@click.command("feedback")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=Path("feedback"), show_default=True,
              help="Folder for everything the run makes; a run that was stopped goes on there.")  # fmt: skip
@click.option("--size", default="1m", show_default=True, help="200k, 1m, 5m, 20m or 100m weights for each model.")
@click.option("--problems", "n_problems", type=click.IntRange(1), default=12_000, show_default=True,
              help="Training problems.")  # fmt: skip
@click.option("--levels", default="1,2,3,4", show_default=True, help="Levels of the problems, by commas.")
@click.option("--epochs", type=click.FloatRange(0, min_open=True), default=1.0, show_default=True,
              help="How often each bug is seen.")  # fmt: skip
@click.option("--rows", type=click.IntRange(1), default=8, show_default=True, help="Rows of 768 tokens per step.")
@click.option("--lr", type=click.FloatRange(0, min_open=True), default=1e-2, show_default=True, help="Learning rate.")
@click.option("--bugs", "eval_problems", type=click.IntRange(1), default=300, show_default=True,
              help="Held-out bugs that are to be repaired.")  # fmt: skip
@click.option("--draws", type=click.IntRange(1), default=10, show_default=True, help="Programs for each bug.")
@click.option("--arm", "arms", multiple=True, help="Only this kind of feedback; may be given several times.")
@click.option("--together", is_flag=True, help="One model for all kinds of feedback, a bug once with each.")
@click.option("--rounds", type=click.IntRange(1), default=1, show_default=True,
              help="With --together: the model repairs what it wrote, so many programs in a row.")  # fmt: skip
@click.option("--statement/--no-statement", default=True, show_default=True,
              help="Show the problem's statement; else only bug and feedback tell what was meant.")  # fmt: skip
@click.option("--precision", type=click.Choice(["auto", "float32", "bfloat16"]), default="auto", show_default=True,
              help="auto: bfloat16 on a GPU that has it; it halves the time on CPUs that have it too.")  # fmt: skip
@click.option("--judge/--no-judge", default=True, show_default=True,
              help="Judge what was written; elsewhere, for a machine without the sandbox.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Decides everything.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--workers", type=click.IntRange(1), help="Processes that make problems and run programs.")
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout and nothing else.")
@click.pass_context
def feedback_command(ctx: click.Context, /, **options: Any) -> None:
    """Train a model to repair for each kind of feedback (none, error, counterexample, trace, blocks, plan), on the same
    bugs with as many examples and updates, and compare how many held-out bugs they repair. Two controls: the
    counterexample of another problem (shuffled), and writing the program anew (rewrite).

    \b
    Examples:
      unriddle train feedback --size 1m --problems 12000
      unriddle train feedback --arm none --arm trace --out two
      unriddle train feedback --no-statement --together --rounds 3 --precision bfloat16 --out unsaid
      unriddle train feedback --size 5m --problems 100000 --epochs 1.5 --rows 32 --lr 5e-3 --device cuda --no-judge

    Exit codes: 0 done, 1 training had to stop (run it again to go on), 2 bad input, 130 interrupted.
    """
    from unriddle.cli.view import say
    from unriddle.lm.hf_folder import need_torch
    from unriddle.lm.transformers import pick_device
    from unriddle.train.feedback_models import prepare, train_arm, train_together
    from unriddle.train.feedback_plan import arms_of

    need_torch("`unriddle train`")
    pick_device(options["device"])
    plan, out = _plan(options), options["out"]
    if options["together"] and options["arms"]:
        raise BadInput("train feedback: expected --together or --arm, got both; leave one out")
    if options["rounds"] > 1 and not (options["together"] and options["judge"]):
        raise BadInput("train feedback: --rounds needs --together, and programs are judged between the rounds")
    arms = options["arms"] or arms_of(plan)
    shared = {"device": options["device"], "workers": options["workers"]}
    try:
        prepare(plan, out, workers=options["workers"], say=say)
        if options["together"]:
            say("one model for all kinds: training and drawing")
            samples = train_together(plan, out, report=_lines("together"), **shared)
        else:
            samples = []
            for arm in arms:
                say(f"{arm}: training and drawing")
                samples.append(train_arm(arm, plan, out, report=_lines(arm), **shared))
    except TrainError as error:
        click.echo(f"unriddle: stopped: {error}", err=True)
        ctx.exit(1)
    if not options["judge"]:
        say(f"{len(samples)} files of samples are in {samples[0].parent}; without --no-judge they are judged")
        return
    _judge(plan, out, samples, options)


def _plan(options: dict[str, Any]) -> FeedbackPlan:
    from unriddle.benchmarks.nursery import parse_levels
    from unriddle.train.feedback_plan import FeedbackPlan

    levels = parse_levels(options["levels"])
    names = ("size", "n_problems", "epochs", "rows", "lr", "eval_problems", "draws", "statement", "precision", "seed")
    return FeedbackPlan(levels=tuple((n, 1 / len(levels)) for n in levels), **{name: options[name] for name in names})


def _lines(arm: str) -> Any:
    from unriddle.cli.view import say

    def report(step: Any) -> None:
        if step.step % max(1, step.steps // 5) == 0:
            say(f"{arm}: step {step.step:,} of {step.steps:,}, loss {step.loss:.3f}")

    return report


def _judge(plan: FeedbackPlan, out: Path, samples: list[Path], options: dict[str, Any]) -> None:
    from unriddle.cli.view import say
    from unriddle.execute import open_executor
    from unriddle.train.feedback_models import write_rounds
    from unriddle.train.repairs import judge_repairs, judge_rounds, rounds_summary, summary

    rounds = {}
    with open_executor(workers=options["workers"]) as executor:
        found = summary(judge_repairs(plan, samples, executor=executor))
        if options["rounds"] > 1:
            paths = write_rounds(
                plan, out, rounds=options["rounds"], executor=executor, device=options["device"], say=say
            )
            rounds = rounds_summary(judge_rounds(plan, paths, executor=executor))
    if options["as_json"]:
        document = {"schema": 1, "bugs": plan.eval_problems, "arms": found, **({"rounds": rounds} if rounds else {})}
        click.echo(json.dumps(document, indent=2))
        return
    for arm, numbers in found.items():
        parts = [f"{name} {value:.3f}" for name, value in numbers.items() if isinstance(value, float)]
        over = numbers["over none"]
        more = f", over none {_interval(over)}" if over is not None and arm != "none" else ""
        click.echo(f"{arm:15} pass@1 {_interval(numbers['pass@1'])}, {', '.join(parts)}{more}")
    for arm, numbers in rounds.items():
        ways = [f"{way} {', '.join(f'{share:.3f}' for share in numbers[way])}" for way in ("repair", "again")]
        click.echo(f"{arm:15} after each round: {'; '.join(ways)}; difference {_interval(numbers['over again'])}")


def _interval(numbers: dict[str, float]) -> str:
    return f"{numbers['value']:.3f} [{numbers['low']:.3f}, {numbers['high']:.3f}]"
