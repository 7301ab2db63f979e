"""Inputs from a language model: asked for the program and a few known inputs, read back line by line.

Nothing it writes is executed: lines are literals, and only those that are become inputs. Not covered: whether the
program accepts them (``unriddle.testgen.validated``).
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

import numpy as np

from unriddle.language.values import encode
from unriddle.lm.base import LM, Message, SampleOptions
from unriddle.prompt.fences import fenced_blocks
from unriddle.testgen.guided import Args

__all__ = ["lm_inputs", "read_inputs"]

_WISHES = (
    "complex inputs: long, deeply nested, with unusual combinations",
    "corner cases: empty, extreme, repeated and borderline values",
    "difficult inputs, on which a careless implementation goes wrong",
)
OPTIONS = SampleOptions(temperature=0.8, top_p=0.95, max_tokens=256)


def lm_inputs(
    lm: LM,
    source: str,
    *,
    entry: str,
    known: Sequence[Args],
    rng: np.random.Generator,
    n: int = 3,
    options: SampleOptions = OPTIONS,
) -> list[Args]:
    """Distinct inputs read out of ``n`` answers to each of three wishes; none of them among the known.

    Args:
        lm: Writes them.
        source: The program.
        entry: Its function.
        known: Inputs that are known; at most five, drawn anew for each wish, stand in the prompt.
        rng: Draws those.
        n: Answers to each wish.
        options: How to sample.

    Raises:
        LMError: The model cannot answer.
    """
    prompts = []
    for wish in _WISHES:
        shown = [known[i] for i in rng.permutation(len(known))[:5]]
        lines = "\n".join(", ".join(map(repr, args)) for args in shown)
        prompts.append(
            [
                Message("system", "You write test inputs for Python functions."),
                Message(
                    "user",
                    f"```python\n{source.strip()}\n```\n\nInputs of `{entry}` that are known, one on each line:\n\n"
                    f"```\n{lines}\n```\n\nGive ten more, {wish}. One on each line, as Python literals separated by "
                    "commas, in one fenced block, without comments.",
                ),
            ]
        )
    seen = {encode(args) for args in known}
    found = []
    width = len(known[0]) if known else None
    for answers in lm.sample([tuple(prompt) for prompt in prompts], n=n, options=options):
        for answer in answers:
            for args in read_inputs(answer.text):
                if (width is None or len(args) == width) and encode(args) not in seen:
                    seen.add(encode(args))
                    found.append(args)
    return found


def read_inputs(text: str) -> list[Args]:
    """The lines of the first fenced block (or of the whole text) that are literals separated by commas.

    >>> read_inputs("Sure:\\n```\\n[1, 2], 3\\n# no\\nf(1), 2\\n```")
    [([1, 2], 3)]
    """
    blocks = fenced_blocks(text)
    found = []
    for line in (blocks[0].code if blocks else text).splitlines():
        try:
            values = ast.literal_eval(f"[{line.partition('#')[0].strip()}]")
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            continue
        if values:
            found.append(tuple(values))
    return found
