"""Training texts made of code and tests: aligned as in the paper, apart, or shuffled as the control.

Not covered: tokens and packing (``unriddle.train``).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from unriddle.errors import BadInput, shorten
from unriddle.prompt.code_test_pair import format_pair

__all__ = ["Layout", "documents"]

Layout = Literal["paired", "unpaired", "shuffled"]


def documents(
    pairs: Sequence[tuple[str, str]],
    *,
    layout: Layout = "paired",
    unpaired: Sequence[str] = (),
    rng: np.random.Generator,
) -> list[str]:
    """The texts a model reads, in random order.

    ``paired``: each code with its test behind the separator. ``unpaired``: every code and every test alone.
    ``shuffled``: as ``paired``, with the test of another code, so that all texts and their shape are the same and only
    what belongs together is lost.

    Args:
        pairs: Code and test.
        layout: See above.
        unpaired: Further files; each is a text of its own.
        rng: Decides the order, and whose test a code gets.

    Raises:
        BadInput: There is no such layout, a file holds the separator, or one pair alone is to be shuffled.
    """
    if layout == "paired":
        made = [format_pair(code, test) for code, test in pairs]
    elif layout == "unpaired":
        made = [text for pair in pairs for text in pair]
    elif layout == "shuffled":
        if len(pairs) == 1:
            raise BadInput("documents: one pair alone cannot be shuffled; give two or more")
        # One cycle through all of them, so that none keeps its own.
        order = rng.permutation(len(pairs))
        made = [format_pair(pairs[i][0], pairs[j][1]) for i, j in zip(order, np.roll(order, 1), strict=True)]
    else:
        raise BadInput(f"documents: layout must be 'paired', 'unpaired' or 'shuffled', got {shorten(layout)}")
    made += unpaired
    return [made[i] for i in rng.permutation(len(made))]
