"""An n-gram model of the symbols of Python code: which token is likely here, given its neighbours.

It is fitted on programs in a second and stored as plain numbers. Orders are mixed as Witten and Bell do: the share of
a shorter context is the number of different symbols seen after the longer one. Not covered: names and values (every
name is one symbol), and anything beyond a few tokens away.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Any

from unriddle.errors import BadInput
from unriddle.language.loose_tokens import loose_tokens, symbols

__all__ = ["BORDER", "TokenModel"]

BORDER = "^"
"""Stands before the first symbol and after the last."""


class TokenModel:
    """How likely a symbol is after the symbols before it (or before those after it).

    Args:
        counts: Context, then symbol -> how often it was seen; contexts of every length from 0 to ``order - 1``,
            nearest symbol last.
        order: Symbols of an n-gram.
        backward: Whether contexts stand after the symbol.

    Raises:
        BadInput: The order is less than 1, or nothing was counted.
    """

    def __init__(self, counts: Mapping[tuple[str, ...], Mapping[str, int]], *, order: int, backward: bool) -> None:
        if order < 1 or not counts.get(()):
            raise BadInput(f"TokenModel: expected an order of at least 1 and some counts, got order {order}")
        self._counts = {context: dict(row) for context, row in counts.items()}
        self._totals = {context: sum(row.values()) for context, row in self._counts.items()}
        self._known: dict[tuple[str, ...], float] = {}
        self.order = order
        self.backward = backward

    @classmethod
    def fit(cls, programs: Iterable[str], *, order: int = 4, backward: bool = False, least: int = 1) -> TokenModel:
        """The model of these programs.

        Args:
            programs: Sources.
            order: Symbols of an n-gram.
            backward: Read from the end.
            least: N-grams of two symbols and more that were seen less often are left out.
        """
        counts: dict[tuple[str, ...], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        for program in programs:
            row = [s for s, _ in symbols(loose_tokens(program))]
            row = [BORDER] * (order - 1) + (row[::-1] if backward else row) + [BORDER]
            for i in range(order - 1, len(row)):
                for size in range(order):
                    counts[tuple(row[i - size : i])][row[i]] += 1
        kept = {
            context: rare
            for context, row in counts.items()
            if (rare := {s: n for s, n in row.items() if n >= least or not context})
        }
        return cls(kept, order=order, backward=backward)

    def logprob(self, gram: tuple[str, ...]) -> float:
        """Natural log-probability of the last symbol of ``gram`` after the others; at most ``order`` symbols.

        >>> model = TokenModel({(): {"a": 3, "b": 1}, ("a",): {"b": 1}}, order=2, backward=False)
        >>> model.logprob(("a", "b")) > model.logprob(("b",))
        True
        """
        if gram not in self._known:
            self._known[gram] = log(self._chance(gram))
        return self._known[gram]

    def _chance(self, gram: tuple[str, ...]) -> float:
        *before, last = gram
        context = tuple(before)
        row = self._counts.get(context)
        if context and row is None:
            return self._chance(gram[1:])
        row = row or {}
        total, kinds = self._totals[context], len(row)
        shorter = self._chance(gram[1:]) if context else 1.0 / (2 * kinds + 1)
        return (row.get(last, 0) + kinds * shorter) / (total + kinds)

    def total(self, row: Sequence[str], first: int, last: int) -> float:
        """Log-probability of the symbols ``first`` to ``last`` (left out) of ``row``, and of those they are context of.

        Args:
            row: Symbols in the order of the text.
            first: Place of the first changed symbol.
            last: Place after the last changed symbol; may equal ``first``.
        """
        reach = self.order - 1
        if self.backward:
            row, first, last = row[::-1], len(row) - last, len(row) - first
        begin, end = max(0, first), min(len(row), last + reach)
        padded = [BORDER] * max(0, reach - begin) + list(row[max(0, begin - reach) : end])
        if last + reach > len(row):
            padded.append(BORDER)
        return sum(self.logprob(tuple(padded[i - reach : i + 1])) for i in range(reach, len(padded)))

    def as_dict(self) -> dict[str, Any]:
        """Plain data from which ``from_dict`` makes the same model."""
        rows = {" ".join(context): row for context, row in self._counts.items()}
        return {"order": self.order, "backward": self.backward, "counts": rows}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> TokenModel:
        """The model of ``as_dict``.

        Raises:
            BadInput: The data is no such model.
        """
        try:
            rows = {tuple(key.split()): dict(row) for key, row in data["counts"].items()}
            return cls(rows, order=int(data["order"]), backward=bool(data["backward"]))
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise BadInput(
                f"TokenModel: expected order, backward and counts, got something else ({error!r})"
            ) from error
