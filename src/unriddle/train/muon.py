"""Muon (Jordan 2024): momentum whose singular values are all made about 1, for the matrices between layers.

Embeddings, output heads and vectors are left to AdamW. An update is scaled by ``0.2·sqrt(max(rows, columns))`` (Liu
2025, arXiv 2502.16982), after which it is as large as AdamW's and one learning rate and one decay serve all weights.
Not covered: convolutions, sharded weights.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from unriddle.errors import BadInput

if TYPE_CHECKING:
    import torch

__all__ = ["Muon", "hidden_matrices", "orthogonalised"]

_NEWTON_SCHULZ = (3.4445, -4.7750, 2.0315)
"""Coefficients of the odd polynomial that draws every singular value in (0, 1] towards 1."""


def hidden_matrices(model: Any) -> list[Any]:
    """The matrices of a module that neither embed tokens nor give logits."""
    import torch

    outside = {id(m.weight) for m in model.modules() if isinstance(m, torch.nn.Embedding)}
    head = model.get_output_embeddings() if hasattr(model, "get_output_embeddings") else None
    outside |= {id(head.weight)} if head is not None else set()
    return [weight for weight in model.parameters() if weight.ndim == 2 and id(weight) not in outside]


def orthogonalised(matrices: torch.Tensor, *, steps: int = 5) -> torch.Tensor:
    """``(b, rows, columns)`` matrices with the singular vectors of the given ones and singular values of 0.7 to 1.2.

    Args:
        matrices: ``(b, rows, columns)``; values many thousand times smaller than the largest need more steps.
        steps: Iterations of the polynomial.
    """
    first, third, fifth = _NEWTON_SCHULZ
    tall = matrices.shape[1] > matrices.shape[2]
    x: torch.Tensor = matrices.mT if tall else matrices
    x = x / x.norm(dim=(1, 2), keepdim=True).clamp(min=1e-7)
    for _ in range(steps):
        gram = x @ x.mT
        x = first * x + (third * gram + fifth * gram @ gram) @ x
    return x.mT if tall else x


class Muon:
    """Muon over some matrices and AdamW over the other weights, behind one learning rate.

    Args:
        matrices: Weights of two dimensions.
        others: ``{"params": weights, "weight_decay": λ}`` each, for AdamW.
        lr: Learning rate of all.
        weight_decay: Decoupled decay of ``matrices``.
        momentum: Share of the past in the momentum (Nesterov's).
        betas: AdamW's.

    Raises:
        BadInput: A value is out of range, or a weight is no matrix.
    """

    def __init__(
        self,
        matrices: Sequence[torch.Tensor],
        others: Sequence[dict[str, Any]],
        *,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        betas: tuple[float, float] = (0.9, 0.95),
    ) -> None:
        import torch

        if not lr >= 0 or not 0 <= momentum < 1:
            raise BadInput(f"Muon: lr must be 0 or more and momentum in [0, 1), got lr={lr!r}, momentum={momentum!r}")
        if not matrices or any(weight.ndim != 2 for weight in matrices):
            raise BadInput(f"Muon: needs one or more matrices, got shapes {[tuple(w.shape) for w in matrices]}")
        self._momentum = momentum
        self._group: dict[str, Any] = {"params": list(matrices), "lr": lr, "weight_decay": weight_decay}
        self._adamw = torch.optim.AdamW([*others], lr=lr, betas=betas, fused=True) if others else None
        self._momenta: dict[int, torch.Tensor] = {}

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The matrices, then AdamW's groups."""
        return [self._group, *(self._adamw.param_groups if self._adamw else [])]

    def step(self) -> None:
        """Move every weight that has a gradient."""
        import torch

        shapes: dict[tuple[int, ...], list[tuple[torch.Tensor, torch.Tensor]]] = {}
        with torch.no_grad():
            for i, weight in enumerate(self._group["params"]):
                if weight.grad is None:
                    continue
                if i not in self._momenta:
                    self._momenta[i] = torch.zeros_like(weight)
                past = self._momenta[i].lerp_(weight.grad, 1 - self._momentum)
                moved = weight.grad.lerp(past, self._momentum)
                shapes.setdefault(tuple(weight.shape), []).append((weight, moved))
            for shape, pairs in shapes.items():  # one product per shape is several times faster than one per matrix
                updates = orthogonalised(torch.stack([moved for _, moved in pairs]))
                size = self._group["lr"] * 0.2 * max(shape) ** 0.5
                for (weight, _), update in zip(pairs, updates, strict=True):
                    weight.mul_(1 - self._group["lr"] * self._group["weight_decay"]).sub_(update, alpha=size)
        if self._adamw:
            self._adamw.step()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for group in self.param_groups:
            for weight in group["params"]:
                weight.grad = None if set_to_none or weight.grad is None else weight.grad.zero_()

    def state_dict(self) -> dict[str, Any]:
        """State by number of the weight, matrices first, as torch's optimisers give theirs."""
        n = len(self._group["params"])
        state: dict[int, Any] = {i: {"momentum": momentum} for i, momentum in self._momenta.items()}
        if self._adamw:
            state |= {n + i: part for i, part in self._adamw.state_dict()["state"].items()}
        return {"state": state}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""
        weights = self._group["params"]
        parts = {int(i): part for i, part in state["state"].items()}
        n = len(weights)
        self._momenta = {i: part["momentum"].to(weights[i].device) for i, part in parts.items() if i < n}
        if self._adamw:
            rest = {i - n: part for i, part in parts.items() if i >= n}
            self._adamw.load_state_dict({**self._adamw.state_dict(), "state": rest})
