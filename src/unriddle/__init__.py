"""unriddle: execution-grounded program synthesis.

Pose a Problem; proposers propose Candidates; an Executor runs them on every Test; Verdicts hold what happened;
a Score chooses; a Solution says which program, on what evidence, and how sure.

Importing is silent and cheap; names below are loaded when first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOME = {
    "Budget": "budget",
    "CallTest": "problem",
    "Candidate": "candidate",
    "CodeTest": "problem",
    "Equality": "problem",
    "Limits": "outcome",
    "Outcome": "outcome",
    "Problem": "problem",
    "Raises": "problem",
    "Record": "record",
    "Returns": "problem",
    "Satisfies": "problem",
    "Signature": "problem",
    "Solution": "solver",
    "Status": "outcome",
    "UnriddleError": "errors",
    "Verdicts": "verdicts",
    "solve": "solver",
}

__all__ = ["__version__", *sorted(_HOME)]  # noqa: PLE0604

if TYPE_CHECKING:
    from unriddle.budget import Budget as Budget
    from unriddle.candidate import Candidate as Candidate
    from unriddle.errors import UnriddleError as UnriddleError
    from unriddle.outcome import Limits as Limits
    from unriddle.outcome import Outcome as Outcome
    from unriddle.outcome import Status as Status
    from unriddle.problem import CallTest as CallTest
    from unriddle.problem import CodeTest as CodeTest
    from unriddle.problem import Equality as Equality
    from unriddle.problem import Problem as Problem
    from unriddle.problem import Raises as Raises
    from unriddle.problem import Returns as Returns
    from unriddle.problem import Satisfies as Satisfies
    from unriddle.problem import Signature as Signature
    from unriddle.record import Record as Record
    from unriddle.solver import Solution as Solution
    from unriddle.solver import solve as solve
    from unriddle.verdicts import Verdicts as Verdicts


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'unriddle' has no attribute {name!r}")
    return getattr(importlib.import_module(f"unriddle.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return __all__
