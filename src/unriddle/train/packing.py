"""Examples side by side in rows of fixed length: little of a batch is spent on padding.

A row holds several examples. Positions begin again with each, and attention stays within it (block-diagonal), so that
the loss of a packed row equals that of its examples one by one. What a batch holds is a function of the seed and its
number alone, so that a run can go on at any step. Not covered: examples longer than a row, which are left out and
counted.
"""

from __future__ import annotations

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput, BadShape

if TYPE_CHECKING:
    import torch

__all__ = ["Batch", "Encoded", "PackedBatches", "collate", "pack"]

_OPEN = 64
"""Rows that are filled at the same time; more of them leave less padding and cost more time."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """Examples as token numbers, one behind the other.

    Args:
        tokens: ``(t,)`` int32, all examples.
        ends: ``(n,)`` int64, where each example ends.
        n_prompt: ``(n,)`` int64, how many of its first tokens are not to be learned.

    Raises:
        BadShape: The arrays do not fit together.
    """

    tokens: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int64]
    n_prompt: npt.NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.ends.shape != self.n_prompt.shape or self.ends.ndim != 1:
            raise BadShape(f"Encoded: ends has shape {self.ends.shape} but n_prompt {self.n_prompt.shape}")
        lengths = np.diff(self.ends, prepend=0)
        if len(self.ends) and (self.ends[-1] != len(self.tokens) or (lengths < 1).any()):
            raise BadShape(f"Encoded: ends must rise to {len(self.tokens)}, the number of tokens")
        if (self.n_prompt < 0).any() or (self.n_prompt > lengths).any():
            raise BadShape("Encoded: an example has fewer tokens than n_prompt says its prompt has")

    def __len__(self) -> int:
        return len(self.ends)

    @property
    def lengths(self) -> npt.NDArray[np.int64]:
        """``(n,)`` tokens of each example."""
        return np.diff(self.ends, prepend=0)

    @classmethod
    def of(cls, pairs: Sequence[tuple[Sequence[int], Sequence[int]]]) -> Self:
        """From pairs of prompt tokens and target tokens."""
        lengths = np.array([len(prompt) + len(target) for prompt, target in pairs], np.int64)
        flat = [token for prompt, target in pairs for part in (prompt, target) for token in part]
        n_prompt = np.array([len(prompt) for prompt, _ in pairs], np.int64)
        return cls(np.array(flat, np.int32), lengths.cumsum(), n_prompt)

    @classmethod
    def joined(cls, parts: Sequence[Encoded]) -> Self:
        """All examples of several, in order."""
        none: list[npt.NDArray[np.int64]] = [np.zeros(0, np.int64)]
        lengths = np.concatenate([*none, *(part.lengths for part in parts)])
        tokens = np.concatenate([np.zeros(0, np.int32), *(part.tokens for part in parts)])
        return cls(tokens, lengths.cumsum(), np.concatenate([*none, *(part.n_prompt for part in parts)]))

    def example(self, i: int) -> npt.NDArray[np.int32]:
        """The tokens of one example."""
        return self.tokens[self.ends[i - 1] if i else 0 : self.ends[i]]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of packed examples, ``(b, t)`` each.

    Attributes:
        tokens: int64, what the model reads.
        targets: int64, the token that comes next.
        weights: float32, what predicting it counts; 0 in prompts, padding and across examples. Rewards and advantages
            go here.
        positions: int64, place within the example.
        segments: int64, which example of the row a token belongs to, from 1; 0 is padding.
    """

    tokens: torch.Tensor
    targets: torch.Tensor
    weights: torch.Tensor
    positions: torch.Tensor
    segments: torch.Tensor

    def to(self, device: str) -> Batch:
        """The same batch on a device."""
        moved = [getattr(self, name).to(device, non_blocking=True) for name in self.__slots__]
        return Batch(*moved)

    def attention(self) -> torch.Tensor:
        """``(b, 1, t, t)`` bool: which tokens each token sees."""
        import torch

        t = self.tokens.shape[1]
        causal = torch.ones((t, t), dtype=torch.bool, device=self.tokens.device).tril()
        return ((self.segments[:, :, None] == self.segments[:, None, :]) & causal)[:, None]


def pack(lengths: Sequence[int], *, row_tokens: int) -> list[list[int]]:
    """Which examples share a row: each goes where the least room is left. Too long ones are in no row."""
    closed: list[list[int]] = []
    # Open rows as (room left, number), sorted by room.
    rooms: list[tuple[int, int]] = []
    rows: list[list[int]] = []
    for i, length in enumerate(lengths):
        if length > row_tokens:
            continue
        at = bisect.bisect_left(rooms, (int(length), -1))
        if at < len(rooms):
            room, row = rooms.pop(at)
        else:
            room, row = row_tokens, len(rows)
            rows.append([])
        rows[row].append(i)
        bisect.insort(rooms, (room - int(length), row))
        if len(rooms) > _OPEN:
            closed.append(rows[rooms.pop(0)[1]])
    return [*closed, *(rows[row] for _, row in rooms)]


def collate(
    examples: Encoded, rows: Sequence[Sequence[int]], *, row_tokens: int, weights: npt.NDArray[np.float64] | None = None
) -> Batch:
    """The batch with these examples in its rows.

    Args:
        examples: Where they come from.
        rows: Numbers of the examples of each row.
        row_tokens: Length of a row.
        weights: ``(n,)`` what each example counts; 1 when ``None``.
    """
    import torch

    shape = (len(rows), row_tokens)
    tokens, targets = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    counts = np.zeros(shape, np.float32)
    positions, segments = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
    for r, row in enumerate(rows):
        at = 0
        for number, i in enumerate(row, 1):
            one = examples.example(i)
            end = at + len(one)
            tokens[r, at:end] = one
            targets[r, at : end - 1] = one[1:]
            first = at + max(int(examples.n_prompt[i]) - 1, 0)
            counts[r, first : end - 1] = 1.0 if weights is None else weights[i]
            positions[r, at:end] = np.arange(len(one))
            segments[r, at:end] = number
            at = end
    return Batch(*(torch.from_numpy(array) for array in (tokens, targets, counts, positions, segments)))


class PackedBatches:
    """Batches by number, endlessly: every epoch shuffles and packs the examples anew.

    Args:
        examples: What to learn.
        rows: Rows per batch.
        row_tokens: Tokens per row.
        seed: Decides the order.

    Raises:
        BadInput: No example fits into a row.
    """

    def __init__(self, examples: Encoded, *, rows: int, row_tokens: int, seed: int = 0) -> None:
        fitting = int((examples.lengths <= row_tokens).sum())
        if not fitting:
            raise BadInput(
                f"PackedBatches: none of {len(examples)} examples has at most row_tokens={row_tokens} tokens; "
                "use longer rows"
            )
        self.n_too_long = len(examples) - fitting
        """Examples that are longer than a row and left out."""
        self._examples, self._rows, self._row_tokens, self._seed = examples, rows, row_tokens, seed
        self._packed: list[list[int]] = []
        self._epochs = 0

    def __call__(self, number: int) -> Batch:
        """Batch ``number``, from 0."""
        begin = number * self._rows
        while len(self._packed) < begin + self._rows:
            self._packed += self._epoch(self._epochs)
            self._epochs += 1
        return collate(self._examples, self._packed[begin : begin + self._rows], row_tokens=self._row_tokens)

    def _epoch(self, epoch: int) -> list[list[int]]:
        rng = np.random.default_rng([self._seed, epoch])
        order = rng.permutation(len(self._examples))
        packed = pack(self._examples.lengths[order].tolist(), row_tokens=self._row_tokens)
        rows = [[int(order[i]) for i in row] for row in packed]
        return [rows[i] for i in rng.permutation(len(rows))]
