"""Packing: nothing is lost, weights are on targets only, and packed equals padded."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.train.conftest import encoded, sums

from unriddle.errors import BadInput, BadShape
from unriddle.train.models import new_model
from unriddle.train.objectives.base import target_logits
from unriddle.train.objectives.sft import sft
from unriddle.train.packing import Encoded, PackedBatches, collate, pack


@given(st.lists(st.integers(1, 40), max_size=300), st.integers(8, 40))
def test_every_example_that_fits_is_in_one_row_and_rows_do_not_overflow(lengths: list[int], row_tokens: int) -> None:
    rows = pack(lengths, row_tokens=row_tokens)
    placed = sorted(i for row in rows for i in row)
    assert placed == [i for i, length in enumerate(lengths) if length <= row_tokens]
    assert all(0 < sum(lengths[i] for i in row) <= row_tokens for row in rows)


def test_little_room_is_left() -> None:
    lengths = np.random.default_rng(0).integers(20, 120, 3000).tolist()
    rows = pack(lengths, row_tokens=256)
    assert sum(lengths) / (256 * len(rows)) > 0.93


def test_a_batch_by_hand() -> None:
    examples = Encoded.of([([5, 6], [7, 8]), ([9], [10]), ([], [3, 4])])
    batch = collate(examples, [[0, 1], [2]], row_tokens=8)
    assert batch.tokens.tolist() == [[5, 6, 7, 8, 9, 10, 0, 0], [3, 4, 0, 0, 0, 0, 0, 0]]
    assert batch.targets.tolist()[0][:5] == [6, 7, 8, 0, 10]
    assert batch.weights.tolist() == [[0, 1, 1, 0, 1, 0, 0, 0], [1, 0, 0, 0, 0, 0, 0, 0]]
    assert batch.positions.tolist()[0] == [0, 1, 2, 3, 0, 1, 0, 0]
    assert batch.segments.tolist()[0] == [1, 1, 1, 1, 2, 2, 0, 0]
    seen = batch.attention()[0, 0]
    assert seen[3].tolist() == [True, True, True, True, False, False, False, False]
    assert seen[5].tolist() == [False, False, False, False, True, True, False, False]
    weighed = collate(examples, [[0, 1]], row_tokens=8, weights=np.array([0.5, -2.0, 1.0]))
    assert weighed.weights.tolist() == [[0, 0.5, 0.5, 0, -2, 0, 0, 0]]


def test_packed_equals_padded_equals_alone(tokenizer: Any) -> None:
    import torch

    model = new_model(tokenizer, size="200k", seed=3)
    examples = encoded(tokenizer, sums(12, seed=4))
    rows = pack(examples.lengths.tolist(), row_tokens=96)
    assert len(rows) < 8
    packed = target_logits(model, collate(examples, rows, row_tokens=96))
    padded = target_logits(model, collate(examples, [[i] for row in rows for i in row], row_tokens=96))
    assert torch.allclose(packed.logits, padded.logits, atol=1e-5)
    assert torch.equal(packed.tokens, padded.tokens)
    at = 0
    for i in (i for row in rows for i in row):
        tokens = torch.tensor(examples.example(i).astype(np.int64))
        n_prompt = int(examples.n_prompt[i])
        alone = model(input_ids=tokens[None], use_cache=False).logits[0, n_prompt - 1 : -1]
        assert torch.allclose(packed.logits[at : at + len(alone)], alone, atol=1e-5)
        assert packed.tokens[at : at + len(alone)].tolist() == tokens[n_prompt:].tolist()
        at += len(alone)
    assert at == len(packed.tokens)


def test_packing_gives_the_gradient_of_padding(tokenizer: Any) -> None:
    import torch

    examples = encoded(tokenizer, sums(8, seed=5))
    gradients = []
    for rows in (pack(examples.lengths.tolist(), row_tokens=96), [[i] for i in range(8)]):
        model = new_model(tokenizer, size="200k", seed=3)
        loss = sft(model, collate(examples, rows, row_tokens=96))
        loss.total.backward()
        gradients.append(model.model.embed_tokens.weight.grad)
    assert torch.allclose(gradients[0], gradients[1], atol=1e-5)


def test_batches_are_a_function_of_their_number(tokenizer: Any) -> None:
    import torch

    examples = encoded(tokenizer, sums(40))
    one, other = (PackedBatches(examples, rows=2, row_tokens=64, seed=7) for _ in range(2))
    late = other(30)
    in_turn = [one(number) for number in range(31)]
    assert torch.equal(late.tokens, in_turn[30].tokens)
    assert torch.equal(other(3).tokens, in_turn[3].tokens)
    assert not torch.equal(in_turn[0].tokens, in_turn[30].tokens)
    different = PackedBatches(examples, rows=2, row_tokens=64, seed=8)
    assert not torch.equal(different(0).tokens, in_turn[0].tokens)


def test_an_epoch_holds_every_example_once(tokenizer: Any) -> None:
    examples = Encoded.of([([i + 1], [i + 1]) for i in range(50)])
    batches = PackedBatches(examples, rows=1, row_tokens=10, seed=0)
    seen = [int(token) for number in range(10) for token in batches(number).tokens.flatten() if token]
    assert sorted(seen) == sorted([*range(1, 51)] * 2)


def test_too_long_examples_are_counted_and_only_they_refused() -> None:
    examples = Encoded.of([([1] * 20, [2]), ([1], [2])])
    assert PackedBatches(examples, rows=1, row_tokens=8).n_too_long == 1
    with pytest.raises(BadInput, match="none of 2 examples has at most row_tokens=1"):
        PackedBatches(examples, rows=1, row_tokens=1)


def test_arrays_that_do_not_fit_are_refused() -> None:
    tokens = np.arange(4, dtype=np.int32)
    with pytest.raises(BadShape, match="n_prompt"):
        Encoded(tokens, np.array([4]), np.array([1, 1]))
    with pytest.raises(BadShape, match="must rise to 4"):
        Encoded(tokens, np.array([2]), np.array([1]))
    with pytest.raises(BadShape, match="fewer tokens"):
        Encoded(tokens, np.array([4]), np.array([5]))
