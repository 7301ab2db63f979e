"""A toy language of sums, so that the trainer's tests need no generated world and take seconds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
torch.set_num_threads(1)

END = "<|end|>"


def sums(n: int, *, seed: int = 0) -> list[tuple[str, str]]:
    """Pairs of prompt and target."""
    rng = np.random.default_rng(seed)
    pairs = []
    for _ in range(n):
        a, b = (int(x) for x in rng.integers(0, 50, 2))
        pairs.append((f"def add(): # {a} plus {b}\n", f"    return {a} + {b}{END}"))
    return pairs


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    from unriddle.train.tokenizer import train_tokenizer

    return train_tokenizer([a + b for a, b in sums(300)], special=["<|program|>"], vocabulary=300)


def encoded(tokenizer: Any, pairs: list[tuple[str, str]]) -> Any:
    from unriddle.train.packing import Encoded

    return Encoded.of([(tokenizer.encode(a), tokenizer.encode(b)) for a, b in pairs])
