"""What a search for a difference comes back with: a difference, or how far none was found, and what the search did."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from unriddle.budget import Spent
from unriddle.testgen.difference_inputs import Args
from unriddle.testgen.difference_observe import Category, Seen

__all__ = ["Difference", "NoDifference", "SearchLog"]


@dataclass(slots=True)
class SearchLog:
    """What the search did.

    Attributes:
        n_inputs: Inputs on which both programs were run.
        n_refused: Inputs that the condition on inputs refused; they were not run.
        categories: How many inputs showed which category, as far as seen in the search.
        sources: How many inputs each source gave.
        n_first_failed: Inputs on which the first program did not return.
        n_unsteady: Suspected differences that were gone when the input was run alone: they came from earlier calls.
        flaky: Programs (``first``, ``second``) that answered one input differently each time, with that input.
        found_by: Source of the difference; empty where none was found.
        n_to_first: Inputs run until the reported difference was first seen, before it was made smaller.
        spent: Runs, CPU seconds (of the programs and of the search itself) and wall seconds.
    """

    n_inputs: int = 0
    n_refused: int = 0
    categories: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    n_first_failed: int = 0
    n_unsteady: int = 0
    flaky: dict[str, Args] = field(default_factory=dict)
    found_by: str = ""
    n_to_first: int = 0
    spent: Spent = field(default_factory=Spent)


@dataclass(frozen=True, slots=True)
class Difference:
    """An input on which the programs differ.

    Attributes:
        entry: The function or class.
        args: The input.
        category: How they differ.
        first: What the first program did.
        second: What the second did.
        found: The input as it was found, before it was made smaller.
        log: What the search did.
    """

    entry: str
    args: Args
    category: Category
    first: Seen
    second: Seen
    found: Args
    log: SearchLog

    @property
    def valid(self) -> bool:
        """Whether the first program returned."""
        return self.first.returned


@dataclass(frozen=True, slots=True)
class NoDifference:
    """None was found.

    Attributes:
        entry: The function or class.
        why: Why the search ended, in words.
        coverage: Share of the branches of the entry, and of what it uses, that were reached in the first and in the
            second program; NaN where nothing was run.
        missed: Lines of branches that were not reached, in each program.
        log: What the search did.
    """

    entry: str
    why: str
    coverage: tuple[float, float]
    missed: tuple[tuple[int, ...], tuple[int, ...]]
    log: SearchLog
