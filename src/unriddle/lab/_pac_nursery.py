"""Programs of a trained small model on held-out problems of the nursery's world, beside the references.

Part of ``unriddle.lab.pac_prediction_sets``. The model's folder is ``$UNRIDDLE_NURSERY`` or ``nursery/model``, where
``unriddle train nursery`` puts it. Not covered: training it.
"""

from __future__ import annotations

import os
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from unriddle.data.world import generate
from unriddle.errors import BadInput
from unriddle.lab.base import Context
from unriddle.lm.base import LM, SampleOptions
from unriddle.lm.names import load
from unriddle.methods.pac_prediction_sets import Generated, build_tree, from_completion
from unriddle.prompt.nursery import END, nursery_prompt, read_program

__all__ = ["folder", "pairs", "why_not"]


def folder() -> Path:
    """Where the trained model is looked for: ``$UNRIDDLE_NURSERY`` (or its ``model``), else ``nursery/model``."""
    named = Path(os.environ.get("UNRIDDLE_NURSERY") or "nursery")
    return named if (named / "config.json").is_file() else named / "model"


def why_not() -> str:
    """Why there is no trained model to use; empty when there is one."""
    if find_spec("torch") is None or find_spec("transformers") is None:
        return "needs torch and transformers (unriddle[train])"
    if not (folder() / "config.json").is_file():
        return f"no model in {folder()} (`unriddle train nursery --out FOLDER`, then UNRIDDLE_NURSERY=FOLDER)"
    return ""


def pairs(p: int, *, seed: int, context: Context, lm: LM | None = None) -> tuple[list[Generated], list[str], int]:
    """Greedy programs for ``p`` held-out problems of levels 1 and 2, their references, and how many do not parse.

    Args:
        p: Problems; each gives one pair at most, so the pairs are independent.
        seed: Which problems.
        context: Takes progress messages.
        lm: The model; the one in ``folder()`` when ``None``.
    """
    model = lm or load(f"hf:{folder()}")
    problems = list(islice(generate(levels=(1, 2), split="held_out", seed=seed), p))
    posed = [one.problem() for one in problems]
    options = SampleOptions(temperature=0.0, max_tokens=160, stop=(END,), logprobs=True)
    context.say(f"sampling a program for each of {p} held-out problems")
    found = model.sample([nursery_prompt(problem) for problem in posed], n=1, options=options)
    pool, targets, dropped = [], [], 0
    for problem, one, (completion,) in zip(posed, problems, found, strict=True):
        code = read_program(completion.text, problem)
        try:
            generated = from_completion(completion, code=code)
            build_tree(code, tokens=generated.tokens, token_logprobs=generated.token_logprobs)
        except BadInput:
            dropped += 1
            continue
        pool.append(generated)
        targets.append(one.program)
    return pool, targets, dropped
