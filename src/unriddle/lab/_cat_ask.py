"""What a model that learned code and tests knows of held-out functions: losses, and tests that it writes.

Not covered: training (``unriddle.lab._cat_models``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from unriddle.contracts import Executor
from unriddle.lab._cat_models import MODULE, Item
from unriddle.lm.base import SampleOptions
from unriddle.lm.transformers import TransformersLM
from unriddle.prompt.code_test_pair import format_pair, prompt_for_test
from unriddle.testgen.lm_file_tests import read_draws
from unriddle.testgen.lm_filter import filter_tests

__all__ = ["Asked", "losses", "sampled"]

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a model wrote for one function.

    Attributes:
        right: Distinct tests that call the function, per draw.
        passing: Distinct tests that call it and pass, per draw.
        new: Distinct tests that pass and are not vacuous.
        passing_without: ``passing`` without the code in the prompt; NaN where it was not asked.
        new_without: ``new`` likewise.
    """

    right: float
    passing: float
    new: float
    passing_without: float = float("nan")
    new_without: float = float("nan")


def losses(lm: TransformersLM, held_out: Sequence[Item]) -> Mapping[str, _Floats]:
    """``(n,)`` nats per token of each test after its own code, after another function's, and after none."""
    others = [*held_out[1:], *held_out[:1]]
    prompts = {
        "true": [format_pair(one.code, "") for one in held_out],
        "other": [format_pair(one.code, "") for one in others],
        "none": [format_pair("", "") for _ in held_out],
    }
    found = {}
    for name, texts in prompts.items():
        scored = lm.score(texts, [one.test for one in held_out])
        found[name] = np.array([-one.logprob / len(one.token_logprobs) for one in scored])
    return found


def sampled(
    lm: TransformersLM, held_out: Sequence[Item], *, executor: Executor, n: int, seed: int, given: bool
) -> list[Asked]:
    """What the model writes for each function, run.

    Args:
        lm: The model.
        held_out: Functions.
        executor: Where the tests run.
        n: Draws for each.
        seed: Of the draws.
        given: Give the import that begins the test, and ask without the code as well; else the model has to read the
            function's name off the code.
    """
    having = _ask(lm, held_out, executor, n, seed, given=given, with_code=True)
    if not given:
        return [Asked(*row) for row in having]
    without = _ask(lm, held_out, executor, n, seed, given=True, with_code=False)
    return [Asked(*row, *other[1:]) for row, other in zip(having, without, strict=True)]


def _ask(
    lm: TransformersLM, held_out: Sequence[Item], executor: Executor, n: int, seed: int, *, given: bool, with_code: bool
) -> list[tuple[float, float, float]]:
    """Distinct tests per draw that call the function, and that pass; how many of them are new. All drawn together."""
    options = SampleOptions(temperature=0.8, top_p=0.95, max_tokens=60, seed=seed)
    begun = [one.preamble if given else "" for one in held_out]
    prompts = [
        prompt_for_test(one.code if with_code else None, text).text for one, text in zip(held_out, begun, strict=True)
    ]
    made = []
    for one, text, draws in zip(held_out, begun, lm.sample(prompts, n=n, options=options), strict=True):
        tests = read_draws(draws, text).tests
        report = filter_tests(tests, one.code, executor=executor, stages=("parse", "run", "pass", "new"), module=MODULE)
        made.append((report.yields["parse"] / n, report.yields["pass"] / n, float(report.yields["new"])))
    return made
