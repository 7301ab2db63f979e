"""Supervised fine-tuning: the weighted cross-entropy of the target tokens.

Not covered: label smoothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from unriddle.errors import BadInput
from unriddle.train.objectives.base import Loss, target_logits

if TYPE_CHECKING:
    from unriddle.train.packing import Batch

__all__ = ["sft"]


def sft(model: Any, batch: Batch, /) -> Loss:
    """The mean negative log-likelihood per target token, in nats; ``weights`` say what each counts.

    Raises:
        BadInput: The batch has no target.
    """
    from torch.nn.functional import cross_entropy

    targets = target_logits(model, batch)
    if not len(targets.tokens):
        raise BadInput("sft: the batch has no target; every weight is 0")
    losses = cross_entropy(targets.logits, targets.tokens, reduction="none")
    n_targets = len(targets.tokens)
    right = (targets.logits.argmax(-1) == targets.tokens).float().mean()
    return Loss((losses * targets.weights).sum() / n_targets, float(n_targets), {"accuracy": float(right)})
