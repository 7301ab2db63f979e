"""Proposers: ask/tell, one file per idea; names below are loaded when first used.

Not covered: running what they propose; ``unriddle.solve`` is the loop.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOME = {
    "Chain": "chain",
    "Enumerate": "enumerate",
    "LMRepair": "lm_repair",
    "Portfolio": "combine",
    "Sample": "sample",
    "TopDown": "top_down",
    "can_enumerate": "enumerate",
}

__all__ = sorted(_HOME)  # noqa: PLE0605

if TYPE_CHECKING:
    from unriddle.propose.chain import Chain as Chain
    from unriddle.propose.combine import Portfolio as Portfolio
    from unriddle.propose.enumerate import Enumerate as Enumerate
    from unriddle.propose.enumerate import can_enumerate as can_enumerate
    from unriddle.propose.lm_repair import LMRepair as LMRepair
    from unriddle.propose.sample import Sample as Sample
    from unriddle.propose.top_down import TopDown as TopDown


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'unriddle.propose' has no attribute {name!r}")
    return getattr(importlib.import_module(f"unriddle.propose.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
