"""What a property of the executor contract is, and what was found when it was asked.

A check is a function of ``make`` (which gives a fresh executor). It returns when the property holds, raises ``Broken``
when it does not and ``NotHere`` when this machine cannot tell. Not covered: an executor that never answers; a check
waits for it, so give the whole kit a time limit of your own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from unriddle.contracts import Executor
from unriddle.errors import ExecutorError, IsolationError, shorten

__all__ = ["Broken", "Finding", "Make", "NotHere", "Property", "must"]

Make = Callable[[], Executor]
"""Gives a new executor, not yet entered."""


class Broken(Exception):
    """A property does not hold: what was expected, and what came."""

    def __init__(self, expected: str, got: str) -> None:
        super().__init__(f"expected {expected}; got {got}")
        self.expected, self.got = expected, got


class NotHere(Exception):
    """This machine cannot tell whether the property holds; the message says why."""


def must(condition: object, expected: str, got: object) -> None:
    """Nothing, when the condition is true.

    Raises:
        Broken: It is not; ``got`` is shown shortened.
    """
    if not condition:
        raise Broken(expected, got if isinstance(got, str) else shorten(got, 300))


@dataclass(frozen=True, slots=True)
class Finding:
    """One property after it was asked.

    Attributes:
        name: The property's id.
        meaning: One line on what it promises.
        outcome: Whether it held; ``skipped`` when it was not asked.
        expected: What should have happened, where it failed.
        got: What happened instead, where it failed.
        reason: Why it was skipped, where it was.
    """

    name: str
    meaning: str
    outcome: Literal["held", "failed", "skipped"]
    expected: str = ""
    got: str = ""
    reason: str = ""

    def as_text(self) -> str:
        """One line; for a failure, three."""
        line = f"{self.outcome:8}{self.name}: {self.meaning}"
        if self.outcome == "failed":
            return f"{line}\n{'':8}expected {self.expected}\n{'':8}got {self.got}"
        return f"{line} ({self.reason})" if self.reason else line

    def raise_if_failed(self) -> None:
        """Nothing, unless the property failed.

        Raises:
            ExecutorError: It did; the message says what was expected and what came.
        """
        if self.outcome == "failed":
            raise ExecutorError(f"the executor breaks its contract\n{self.as_text()}")


@dataclass(frozen=True, slots=True)
class Property:
    """One promise of the Executor contract; call it with ``make`` to ask.

    Attributes:
        name: Its id, in lower case with dashes.
        meaning: What it promises, in one line.
        check: Asks it.
        trusted: It is also promised by an executor that isolates nothing and runs trusted programs only.
        hostile: It runs programs that attack their judge.
    """

    name: str
    meaning: str
    check: Callable[[Make], None]
    trusted: bool = False
    hostile: bool = False

    def __call__(self, make: Make) -> Finding:
        """What was found on fresh executors.

        Raises:
            IsolationError: The executor cannot be started on this machine, so nothing can be said about it.
        """
        try:
            self.check(make)
        except IsolationError:
            raise
        except Broken as broken:
            return Finding(self.name, self.meaning, "failed", broken.expected, broken.got)
        except NotHere as reason:
            return Finding(self.name, self.meaning, "skipped", reason=str(reason))
        except Exception as error:  # noqa: BLE001 - anything that a third party's executor raises is what was found
            got = f"{type(error).__name__}: {shorten(str(error), 300)}"
            return Finding(self.name, self.meaning, "failed", "no exception", got)
        return Finding(self.name, self.meaning, "held")

    def skipped(self, reason: str) -> Finding:
        """The finding when it is not asked."""
        return Finding(self.name, self.meaning, "skipped", reason=reason)
