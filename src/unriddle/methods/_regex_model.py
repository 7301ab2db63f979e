"""A small learned listener for regular expressions: characters of the examples in, characters of the expression out.

A recurrent encoder reads the examples, a recurrent decoder with attention writes the expression; about 0.3 million
parameters. Needs torch, imported when a listener is made. Not covered: a learned speaker.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import BadInput
from unriddle.language.regex import ALPHABET, Regex, parse_regex, regex_text
from unriddle.lm.hf_folder import need_torch
from unriddle.methods._regex_players import consistent
from unriddle.methods.pragmatic_examples import Example

__all__ = ["SeqListener"]

_PAD, _BEGIN, _END, _GAP, _YES, _NO = range(6)
_CODE = {char: 6 + i for i, char in enumerate(ALPHABET)}
_CHAR = {code: char for char, code in _CODE.items()}
_LONGEST_TEXT = 40

Pair = tuple[Sequence[Example], Regex]
"""Examples and the expression they were given for."""


class SeqListener:
    """Writes expressions for lists of examples.

    Args:
        seed: Decides the weights and the draws.
        hidden: Width.
        embed: Width of a character.

    Raises:
        MissingExtra: torch is not installed.
    """

    def __init__(self, *, seed: int, hidden: int = 128, embed: int = 48) -> None:
        need_torch("the learned listener")
        import torch
        from torch import nn

        torch.manual_seed(seed)
        n = 6 + len(ALPHABET)
        self._net: Any = nn.ModuleDict(
            {
                "embed": nn.Embedding(n, embed, padding_idx=_PAD),
                "encode": nn.GRU(embed, hidden // 2, batch_first=True, bidirectional=True),
                "start": nn.Linear(hidden, hidden),
                "decode": nn.GRU(embed, hidden, batch_first=True),
                "write": nn.Linear(2 * hidden, n),
            }
        )
        self._draws = torch.Generator().manual_seed(seed)

    @property
    def n_parameters(self) -> int:
        """Trainable numbers."""
        return sum(p.numel() for p in self._net.parameters())

    def copied(self) -> SeqListener:
        """A listener with the same weights that learns by itself."""
        other = copy.copy(self)
        other._net = copy.deepcopy(self._net)
        return other

    def train(
        self, pairs: Sequence[Pair], *, n_steps: int, rng: np.random.Generator, batch: int = 64, lr: float = 2e-3
    ) -> list[float]:
        """The loss at each step; the rate falls in a straight line to a tenth.

        Raises:
            BadInput: There is nothing to learn from.
        """
        import torch
        from torch.nn import functional

        if not pairs:
            raise BadInput("SeqListener.train: expected pairs of examples and expression, got none")
        told = [(_spec_codes(spec), [*_text_codes(regex_text(regex)), _END]) for spec, regex in pairs]
        optimiser = torch.optim.Adam(self._net.parameters(), lr=lr)
        losses = []
        for step in range(n_steps):
            for group in optimiser.param_groups:
                group["lr"] = lr * (1 - 0.9 * step / n_steps)
            chosen = [told[int(i)] for i in rng.integers(len(told), size=batch)]
            wanted = _padded([text for _, text in chosen])
            given = _padded([[_BEGIN, *text[:-1]] for _, text in chosen])
            memory, mask, state = self._read(_padded([spec for spec, _ in chosen]))
            scores, _ = self._write(given, memory, mask, state)
            loss = functional.cross_entropy(scores.flatten(0, 1), wanted.flatten(), ignore_index=_PAD)
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(self._net.parameters(), 1.0)
            optimiser.step()
            losses.append(float(loss.detach()))
        return losses

    def _read(self, codes: Any) -> tuple[Any, Any, Any]:
        """Memory, what of it is real, and the decoder's first state."""
        import torch

        mask = codes != _PAD
        memory, _ = self._net["encode"](self._net["embed"](codes))
        real = mask.unsqueeze(-1).to(memory.dtype)
        mean = (memory * real).sum(1) / real.sum(1)
        return memory, mask, torch.tanh(self._net["start"](mean)).unsqueeze(0)

    def _write(self, codes: Any, memory: Any, mask: Any, state: Any) -> tuple[Any, Any]:
        """Scores of the next characters, and the decoder's state."""
        import torch

        said, state = self._net["decode"](self._net["embed"](codes), state)
        look = (said @ memory.transpose(1, 2)).masked_fill(~mask.unsqueeze(1), -1e9).softmax(-1)
        return self._net["write"](torch.cat([said, look @ memory], dim=-1)), state

    def draws(self, specs: Sequence[Sequence[Example]], k: int, *, top_p: float = 0.9) -> list[list[tuple[str, float]]]:
        """``k`` texts for each list of examples with their log-probabilities (of the full distribution)."""
        import torch

        out: list[list[tuple[str, float]]] = []
        per_batch = max(1, 2048 // k)
        with torch.no_grad():
            for start in range(0, len(specs), per_batch):
                some = specs[start : start + per_batch]
                out += self._draw(_padded([_spec_codes(spec) for spec in some]), k, top_p)
        return out

    def _draw(self, codes: Any, k: int, top_p: float) -> list[list[tuple[str, float]]]:
        import torch

        memory, mask, state = self._read(codes)
        memory, mask = memory.repeat_interleave(k, 0), mask.repeat_interleave(k, 0)
        state = state.repeat_interleave(k, 1)
        last = torch.full((len(memory), 1), _BEGIN)
        logs, open_, rows = torch.zeros(len(memory)), torch.ones(len(memory), dtype=torch.bool), []
        for _ in range(_LONGEST_TEXT):
            scores, state = self._write(last, memory, mask, state)
            log_chance = scores[:, -1].log_softmax(-1)
            last = torch.multinomial(_nucleus(log_chance.exp(), top_p), 1, generator=self._draws)
            logs = logs + torch.where(open_, log_chance.gather(1, last)[:, 0], torch.zeros(()))
            rows.append(torch.where(open_, last[:, 0], torch.full((), _PAD)))
            open_ = open_ & (last[:, 0] != _END)
            if not bool(open_.any()):
                break
        table = torch.stack(rows, dim=1).tolist()
        texts = ["".join(_CHAR.get(code, "") for code in row) for row in table]
        pairs = list(zip(texts, logs.tolist(), strict=True))
        return [pairs[i : i + k] for i in range(0, len(pairs), k)]

    def programs(self, specs: Sequence[Sequence[Example]], k: int) -> list[list[Regex]]:
        """At most ``k`` distinct expressions for each list of examples; texts that are none are left out."""
        return [list(dict.fromkeys(r for text, _ in row if (r := _parsed(text)))) for row in self.draws(specs, k)]

    def guesses(self, specs: Sequence[Sequence[Example]], k: int) -> list[Regex | None]:
        """The most probable of ``k`` draws that agrees with every example; ``None`` where none does."""
        out: list[Regex | None] = []
        for spec, row in zip(specs, self.draws(specs, k), strict=True):
            best = dict(sorted(row, key=lambda pair: pair[1]))
            ranked = sorted(best, key=lambda text: (-best[text], text))
            regexes = [r for text in ranked if (r := _parsed(text))]
            agrees = consistent(regexes, list(spec)).all(axis=1)
            out.append(regexes[int(np.argmax(agrees))] if agrees.any() else None)
        return out


def _spec_codes(spec: Sequence[Example]) -> list[int]:
    out = [_GAP]
    for text, sign in spec:
        out += [*_text_codes(text), _YES if sign else _NO]
    return out


def _text_codes(text: str) -> list[int]:
    return [_CODE[char] for char in text if char in _CODE]


def _padded(rows: Sequence[Sequence[int]]) -> Any:
    import torch

    table: npt.NDArray[np.int64] = np.full((len(rows), max(map(len, rows))), _PAD, np.int64)
    for i, row in enumerate(rows):
        table[i, : len(row)] = row
    return torch.from_numpy(table)


def _nucleus(chances: Any, top_p: float) -> Any:
    """The most probable characters that make up ``top_p``; the others get 0."""
    ordered, places = chances.sort(descending=True, dim=-1)
    before = ordered.cumsum(-1) - ordered
    kept = ordered.masked_fill(before >= top_p, 0.0)
    return kept.new_zeros(chances.shape).scatter(-1, places, kept)


def _parsed(text: str) -> Regex | None:
    try:
        return parse_regex(text)
    except BadInput:
        return None
