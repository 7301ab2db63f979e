"""Optimisers: Lion by hand, what is decayed, and states that come back."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest

from unriddle.errors import BadInput
from unriddle.train.models import new_model
from unriddle.train.optim import Lion, new_optimizer, set_learning_rate
from unriddle.train.schedule import learning_rate

torch = pytest.importorskip("torch")


def test_three_steps_of_lion_by_the_published_rule() -> None:
    lr, first, second, decay = 0.1, 0.9, 0.99, 0.5
    gradients = np.array([[1.0, -2.0, 0.0], [-30.0, 1.0, 0.0], [0.5, 0.1, -4.0]])
    weight = torch.tensor([1.0, -1.0, 2.0], dtype=torch.float64, requires_grad=True)
    optimizer = Lion([{"params": [weight], "weight_decay": decay}], lr=lr, betas=(first, second))
    w, m = np.array([1.0, -1.0, 2.0]), np.zeros(3)
    signs = []
    for gradient in gradients:
        weight.grad = torch.tensor(gradient)
        optimizer.step()
        c = first * m + (1 - first) * gradient
        w = w - lr * (np.sign(c) + decay * w)
        m = second * m + (1 - second) * gradient
        signs.append(np.sign(c))
        assert weight.detach().numpy() == pytest.approx(w, abs=1e-12)
    assert np.array_equal(signs, [[1, -1, 0], [-1, 1, 0], [-1, 1, -1]])


def test_lions_state_comes_back() -> None:
    def run(restart: bool) -> Any:
        torch.manual_seed(0)
        weight = torch.randn(5, requires_grad=True)
        optimizer = Lion([{"params": [weight]}], lr=0.01)
        for step in range(6):
            if restart and step == 3:
                state = optimizer.state_dict()
                optimizer = Lion([{"params": [weight]}], lr=0.01)
                optimizer.load_state_dict(state)
            weight.grad = torch.sin(weight.detach() * (step + 1))
            optimizer.step()
        return weight.detach()

    assert torch.equal(run(True), run(False))


def test_only_matrices_are_decayed_and_unused_weights_stay(tokenizer: Any) -> None:
    model = new_model(tokenizer, size="200k")
    for name in ("adamw", "lion", "muon"):
        optimizer = new_optimizer(model, name=name, weight_decay=0.3)  # type: ignore[arg-type]
        decays = {group["weight_decay"]: {p.ndim for p in group["params"]} for group in optimizer.param_groups}
        assert decays == {0.3: {2}, 0.0: {1}}
        set_learning_rate(optimizer, 0.5)
        assert {group["lr"] for group in optimizer.param_groups} == {0.5}
        before = model.model.norm.weight.detach().clone()
        optimizer.zero_grad()
        optimizer.step()
        assert torch.equal(model.model.norm.weight, before)


def test_what_cannot_be_optimised_is_refused(tokenizer: Any) -> None:
    model = new_model(tokenizer, size="200k")
    with pytest.raises(BadInput, match="adamw, lion, muon"):
        new_optimizer(model, name="sgd")  # type: ignore[arg-type]
    for weight in model.parameters():
        weight.requires_grad_(False)
    with pytest.raises(BadInput, match="nothing would be trained"):
        new_optimizer(model)
    with pytest.raises(BadInput, match="betas"):
        Lion([], betas=(0.9, 1.0))


def test_learning_rates_rise_and_fall_as_planned() -> None:
    cosine = [learning_rate(s, steps=100, peak=2.0, warmup=10, floor=0.1) for s in range(101)]
    assert cosine[0] == pytest.approx(0.2)
    assert cosine[9] == cosine[10] == 2.0
    assert cosine[55] == pytest.approx(0.5 * (2.0 + 0.2))
    assert cosine[100] == pytest.approx(0.2)
    assert all(a >= b for a, b in itertools.pairwise(cosine[10:]))
    wsd = [learning_rate(s, steps=100, peak=2.0, schedule="wsd") for s in range(101)]
    assert wsd[:81] == [2.0] * 81
    assert wsd[90] == pytest.approx(1.0)
    assert wsd[100] == 0.0
    with pytest.raises(BadInput, match="'cosine', 'wsd'"):
        learning_rate(0, steps=1, peak=1.0, schedule="step")  # type: ignore[arg-type]
