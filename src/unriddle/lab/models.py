"""The embedded language model in experiments: small samples, because two cores are slow.

Not covered: any other model; pass your own to the method's functions.
"""

from __future__ import annotations

from collections.abc import Sequence

from unriddle.lab.base import Context
from unriddle.lab.recorded import judge_kept
from unriddle.lm.base import SampleOptions
from unriddle.methods._execution_prediction import CallItem, Mode, Predictions, execution_prediction

__all__ = ["missing_model", "predict_calls", "sample_humaneval"]


def missing_model() -> str:
    """What the embedded model needs before it can be used; empty when it is ready."""
    from unriddle.lm.embedded import missing_parts

    parts = missing_parts()
    return f"needs the embedded language model ({', '.join(parts)} not installed; see `unriddle lm`)" if parts else ""


def sample_humaneval(context: Context, *, n_tasks: int, n: int, seed: int) -> tuple[list[int], int]:
    """Right programs among n draws for each of the first HumanEval problems, and n."""
    from unriddle.benchmarks import humaneval
    from unriddle.benchmarks.draw import sample_benchmark
    from unriddle.lm.embedded import EmbeddedLM

    whole = humaneval.load()
    benchmark = whole.take([problem.id for problem in whole][:n_tasks])
    options = SampleOptions(temperature=0.6, top_p=0.95, max_tokens=256, seed=seed)
    context.say(f"sampling {n} programs for each of {n_tasks} problems")
    with EmbeddedLM() as lm:
        programs = sample_benchmark(benchmark, lm, n=n, options=options)
    verdicts = judge_kept(benchmark, programs, context=context)
    return [int(v.solved().sum()) for v in verdicts.values()], n


def predict_calls(
    items: Sequence[CallItem], *, exemplars: Sequence[CallItem], modes: Sequence[Mode], context: Context
) -> dict[str, Predictions]:
    """The embedded model's predictions for every item, by mode."""
    from unriddle.lm.embedded import EmbeddedLM

    found: dict[str, Predictions] = {}
    with EmbeddedLM() as lm:
        for mode in modes:
            context.say(f"predicting {len(items)} calls from {mode}")
            found[mode] = execution_prediction(lm, items, mode=mode, exemplars=exemplars, max_tokens=32)
    return found
