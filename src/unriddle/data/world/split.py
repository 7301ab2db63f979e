"""The split: which side a structure and a behaviour put a problem on. It needs no state and no order.

A problem is held out when both its structure and its behaviour fall into the held-out fifth, and is for training when
both fall into the other four; the rest is thrown away. So no behaviour and no structure is on both sides.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from unriddle.data.world.problem import Split

__all__ = ["fingerprint", "side", "structure_held_out"]

_PARTS = 5


def _number(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=6).digest(), "big")


def structure_held_out(structure: str) -> bool:
    """Whether a structure is in the held-out fifth."""
    return _number(structure) % _PARTS == 0


def fingerprint(types: Sequence[str], outputs: Sequence[Any]) -> int:
    """A number of 48 bits for a behaviour: the types of the arguments and the outputs on their common bank.

    ``True`` counts as 1, as it does for Python's ``==``.
    """
    plain = [int(value) if type(value) is bool else value for value in outputs]
    return _number(f"{types}{plain}")


def side(*, structure_out: bool, behaviour: int) -> Split | None:
    """The side of a problem; ``None`` where structure and behaviour disagree."""
    behaviour_out = behaviour // 7 % _PARTS == 0
    if structure_out != behaviour_out:
        return None
    return "held_out" if structure_out else "train"
