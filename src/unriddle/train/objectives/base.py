"""What an objective is: ``(model, batch) -> Loss``; and what most of them need of a model.

An objective is a function. Supervised training weighs every target token by 1; rewards are ``Score``s of the programs'
verdicts, put into ``Batch.weights`` as they are (reward-weighted likelihood) or centred (policy gradient). Preference
and distillation objectives bring a batch type of their own; the trainer only asks it for ``to(device)``. Auxiliary
losses are added with ``together``. Not covered: making the batches (``unriddle.train.packing``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from unriddle.errors import BadInput

if TYPE_CHECKING:
    import torch

    from unriddle.train.packing import Batch

__all__ = ["Loss", "Objective", "Targets", "target_logits", "together"]

B = TypeVar("B", contravariant=True)


@dataclass(frozen=True, slots=True)
class Loss:
    """What an objective gives.

    Attributes:
        total: Scalar to go down, a mean over what ``weight`` counts.
        weight: How much it was a mean over (tokens, pairs): batches that are accumulated count by it.
        parts: Numbers to be logged beside it.
    """

    total: torch.Tensor
    weight: float
    parts: Mapping[str, float] = field(default_factory=dict)


class Objective(Protocol[B]):
    """Turns a model and a batch into a loss."""

    def __call__(self, model: Any, batch: B, /) -> Loss:
        """The loss, with its gradient history."""
        ...


@dataclass(frozen=True, slots=True)
class Targets:
    """The places of a batch where something is to be predicted, ``(k,)``.

    Attributes:
        logits: ``(k, vocabulary)`` float32.
        tokens: ``(k,)`` the token that comes next.
        weights: ``(k,)`` what it counts, not 0.
    """

    logits: torch.Tensor
    tokens: torch.Tensor
    weights: torch.Tensor


def target_logits(model: Any, batch: Batch) -> Targets:
    """The logits where ``batch.weights`` is not 0; the output layer is computed nowhere else.

    Args:
        model: A causal model of ``transformers``, or one that ``peft`` wrapped.
        batch: Packed rows.
    """
    inner = model.get_base_model() if hasattr(model, "get_base_model") else model
    hidden = inner.base_model(
        input_ids=batch.tokens, attention_mask=batch.attention(), position_ids=batch.positions, use_cache=False
    ).last_hidden_state
    wanted = batch.weights != 0
    logits = inner.get_output_embeddings()(hidden[wanted]).float()
    return Targets(logits, batch.targets[wanted], batch.weights[wanted])


def together(objectives: Mapping[str, tuple[float, Objective[B]]]) -> Objective[B]:
    """One objective from several: the weighted sum; each one's loss is logged under its name.

    Args:
        objectives: Name to factor and objective; the first one decides what the sum is a mean over.

    Raises:
        BadInput: There are none.
    """
    if not objectives:
        raise BadInput("together: needs at least one objective")

    def summed(model: Any, batch: B, /) -> Loss:
        losses = {name: (factor, objective(model, batch)) for name, (factor, objective) in objectives.items()}
        factor, first = next(iter(losses.values()))
        total = factor * first.total
        for factor, loss in list(losses.values())[1:]:
            total = total + factor * loss.total
        parts = {name: float(loss.total.detach()) for name, (_, loss) in losses.items()}
        return Loss(total, first.weight, parts)

    return summed
