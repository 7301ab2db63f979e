"""Batched decoding with a key-value cache, for any causal model of ``transformers``.

Prompts are read once each, left-padded beside others of about the same length, and their cache is copied for their
draws. All rows take a step together; rows that ended are dropped and new ones take their place, so that a long draw
does not hold up the rest. A row's tokens depend on its own seed only (``unriddle.lm.pick``), up to rounding in the
model.

Not covered: several devices, speculative decoding, models without a key-value cache (Mamba).
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from unriddle.errors import LMError
from unriddle.lm.pick import pick, uniforms

if TYPE_CHECKING:
    import torch

__all__ = ["Drawn", "Hook", "Job", "cache_argument", "decode"]

Hook = Callable[[Sequence[int], npt.NDArray[np.float32]], npt.NDArray[np.float32]]
"""``(tokens so far, prompt included; logits (vocabulary,)) -> logits (vocabulary,)``."""

_DENSE = 0.75
"""Rows that ended are kept in the batch until fewer than this share are alive: dropping them copies the cache."""


@dataclass(frozen=True, slots=True)
class Job:
    """One draw to make.

    Args:
        prompt: Token numbers of the prompt.
        seed: Decides the draw.
        max_tokens: At most this many tokens.
    """

    prompt: tuple[int, ...]
    seed: int
    max_tokens: int


@dataclass(slots=True)
class Drawn:
    """A draw as it grows: its tokens, their log-probabilities under the model itself, and why it ended."""

    tokens: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    ended: bool = False
    """Whether ``ends`` said so; otherwise ``max_tokens`` was reached."""


def decode(
    model: Any,
    jobs: Sequence[Job],
    *,
    temperature: float,
    top_p: float,
    ends: Callable[[int, int], bool],
    rows: int = 64,
    hook: Hook | None = None,
) -> list[Drawn]:
    """One ``Drawn`` per job, in order.

    Args:
        model: A causal language model of ``transformers``.
        jobs: The draws; those with equal prompts share the work on it.
        temperature: 0 takes the likeliest token each time.
        top_p: Sample only from the likeliest tokens that together have this probability.
        ends: ``(number of the job, new token) -> whether the draw ends with it``; called once per token, in order.
        rows: Draws decoded at the same time.
        hook: Changes the logits of every step.
    """
    import torch

    drawn = [Drawn() for _ in jobs]
    # Longest first: the memory that is needed shows at once, and short rows fill the end.
    waiting = sorted(range(len(jobs)), key=lambda i: (-len(jobs[i].prompt), jobs[i].prompt, i))
    batch = _Batch(model, jobs)
    with torch.inference_mode():
        while waiting or batch.alive:
            if waiting and len(batch.alive) <= rows // 2:
                n_free = rows - len(batch.alive)
                batch.add(waiting[:n_free])
                del waiting[:n_free]
            elif len(batch.alive) < _DENSE * len(batch.numbers):
                batch.compact()
            _step(batch, jobs, drawn, ends=ends, hook=hook, temperature=temperature, top_p=top_p)
    return drawn


def _step(
    batch: _Batch,
    jobs: Sequence[Job],
    drawn: list[Drawn],
    *,
    ends: Callable[[int, int], bool],
    hook: Hook | None,
    temperature: float,
    top_p: float,
) -> None:
    """Every living row gets its next token."""
    import torch

    steps = np.array([len(drawn[i].tokens) for i in batch.numbers], np.uint64)
    seeds = np.array([jobs[i].seed for i in batch.numbers], np.uint64)
    uniform = torch.from_numpy(uniforms(seeds, steps))
    used = batch.logits if hook is None else _steered(batch, jobs, drawn, hook)
    tokens = pick(used, uniform, temperature=temperature, top_p=top_p)
    logprobs = batch.logits.gather(-1, tokens[:, None]).squeeze(-1) - batch.logits.logsumexp(-1)
    alive = set(batch.alive)
    pairs = zip(batch.numbers, tokens.tolist(), logprobs.tolist(), strict=True)
    for at, (i, token, logprob) in enumerate(pairs):
        if at not in alive:
            continue
        one = drawn[i]
        one.tokens.append(token)
        one.logprobs.append(logprob)
        one.ended = ends(i, token)
        if one.ended or len(one.tokens) >= jobs[i].max_tokens:
            alive.discard(at)
    batch.alive = sorted(alive)
    if batch.alive:
        batch.forward(tokens)


def _steered(batch: _Batch, jobs: Sequence[Job], drawn: list[Drawn], hook: Hook) -> torch.Tensor:
    import torch

    rows = batch.logits.float().cpu().numpy().copy()
    for at in batch.alive:
        i = batch.numbers[at]
        got = np.asarray(hook([*jobs[i].prompt, *drawn[i].tokens], rows[at].copy()), np.float32)
        if got.shape != rows[at].shape or np.isnan(got).any() or not np.isfinite(got.max()):
            raise LMError(
                f"steer: the hook must return logits of shape {rows[at].shape}, numbers or -inf, one of them a number; "
                f"got shape {got.shape}" + ("" if got.shape != rows[at].shape else f" with a maximum of {got.max()}")
            )
        rows[at] = got
    return torch.from_numpy(rows).to(batch.logits.device)


class _Batch:
    """Rows that step together: their cache, mask and next logits.

    Attributes:
        numbers: Which job each row is, ``(r,)``.
        alive: Rows that still grow, sorted.
        logits: ``(r, vocabulary)`` of each row's next token.
    """

    def __init__(self, model: Any, jobs: Sequence[Job]) -> None:
        self._model, self._jobs = model, jobs
        self._cache_name = cache_argument(model)
        self._cache: Any = None
        self._mask: Any = None
        self.numbers: list[int] = []
        self.alive: list[int] = []
        self.logits: Any = None

    def add(self, numbers: Sequence[int]) -> None:
        """Read the prompts of these jobs and put them beside the rows that are alive."""
        import torch

        if self.numbers:
            self.compact()
        prompts = list(dict.fromkeys(self._jobs[i].prompt for i in numbers))
        width = max(map(len, prompts))
        ids = torch.zeros((len(prompts), width), dtype=torch.long)
        mask = torch.zeros((len(prompts), width), dtype=torch.long)
        for row, prompt in enumerate(prompts):
            ids[row, width - len(prompt) :] = torch.tensor(prompt, dtype=torch.long)
            mask[row, width - len(prompt) :] = 1
        ids, mask = ids.to(self._model.device), mask.to(self._model.device)
        cache, logits = self._run(ids, mask, (mask.cumsum(-1) - 1).clamp(min=0), _new_cache())
        place = {prompt: row for row, prompt in enumerate(prompts)}
        index = torch.tensor([place[self._jobs[i].prompt] for i in numbers], device=ids.device)
        tensors = [(k[index], v[index]) for k, v in _tensors(cache)]
        mask, logits = mask[index], logits[index]
        if self.numbers:
            tensors, mask = _side_by_side(_tensors(self._cache), self._mask, tensors, mask)
            logits = torch.cat([self.logits, logits])
        self._cache, self._mask, self.logits = _filled(tensors), mask, logits
        self.numbers = [*self.numbers, *numbers]
        self.alive = list(range(len(self.numbers)))

    def compact(self) -> None:
        """Drop the rows that ended, and the columns that are padding in all others."""
        import torch

        if not self.alive:
            self._cache, self._mask, self.logits, self.numbers = None, None, None, []
            return
        index = torch.tensor(self.alive, device=self._mask.device)
        mask = self._mask[index]
        begin = int(mask.any(0).int().argmax())
        self._cache = _filled([(k[index][:, :, begin:], v[index][:, :, begin:]) for k, v in _tensors(self._cache)])
        self._mask, self.logits = mask[:, begin:], self.logits[index]
        self.numbers = [self.numbers[at] for at in self.alive]
        self.alive = list(range(len(self.numbers)))

    def forward(self, tokens: torch.Tensor) -> None:
        """Append one token per row; ended rows get one too and are dropped later."""
        import torch

        self._mask = torch.cat([self._mask, self._mask.new_ones((len(self.numbers), 1))], 1)
        positions = self._mask.sum(-1, keepdim=True) - 1
        self._cache, self.logits = self._run(tokens[:, None], self._mask, positions, self._cache)

    def _run(self, ids: Any, mask: Any, positions: Any, cache: Any) -> tuple[Any, Any]:
        out = self._model(
            input_ids=ids,
            attention_mask=mask,
            position_ids=positions,
            use_cache=True,
            logits_to_keep=1,
            **{self._cache_name: cache},
        )
        return cache, out.logits[:, -1].float()


def cache_argument(model: Any) -> str:
    """What this release of ``transformers`` calls the key-value cache in ``forward``."""
    return "cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values"


def _new_cache() -> Any:
    from transformers import DynamicCache

    return DynamicCache()


def _tensors(cache: Any) -> list[tuple[Any, Any]]:
    """Keys and values of every layer, ``(r, heads, t, d)``."""
    if hasattr(cache, "layers"):
        return [(layer.keys, layer.values) for layer in cache.layers]
    return list(zip(cache.key_cache, cache.value_cache, strict=True))


def _filled(tensors: Sequence[tuple[Any, Any]]) -> Any:
    cache = _new_cache()
    for layer, (keys, values) in enumerate(tensors):
        cache.update(keys, values, layer)
    return cache


def _side_by_side(
    old: Sequence[tuple[Any, Any]], old_mask: Any, new: Sequence[tuple[Any, Any]], new_mask: Any
) -> tuple[list[tuple[Any, Any]], Any]:
    """Two batches as one; the shorter one is padded on the left."""
    import torch
    from torch.nn.functional import pad

    short = max(0, new_mask.shape[1] - old_mask.shape[1])
    long = max(0, old_mask.shape[1] - new_mask.shape[1])
    pairs = []
    for (k_old, v_old), (k_new, v_new) in zip(old, new, strict=True):
        keys = torch.cat([pad(k_old, (0, 0, short, 0)), pad(k_new, (0, 0, long, 0))])
        values = torch.cat([pad(v_old, (0, 0, short, 0)), pad(v_new, (0, 0, long, 0))])
        pairs.append((keys, values))
    return pairs, torch.cat([pad(old_mask, (short, 0)), pad(new_mask, (long, 0))])
