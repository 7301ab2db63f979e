"""Optimisers: AdamW by torch, Lion (Chen 2023, arXiv 2302.06675) and Muon (``unriddle.train.muon``).

Only matrices are decayed; gains of normalisation layers are not. Not covered: sparse gradients, AMSGrad.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

from unriddle.errors import BadInput, shorten

if TYPE_CHECKING:
    import torch

__all__ = ["Lion", "OptimizerName", "new_optimizer", "set_learning_rate"]

OptimizerName = Literal["adamw", "lion", "muon"]

_BETAS = {"adamw": (0.9, 0.95), "lion": (0.95, 0.98), "muon": (0.9, 0.95)}


def new_optimizer(
    model: Any,
    *,
    name: OptimizerName = "adamw",
    lr: float = 1e-3,
    weight_decay: float = 0.1,
    betas: tuple[float, float] | None = None,
) -> Any:
    """An optimiser over the weights of a model that have ``requires_grad``.

    Args:
        model: A module of torch.
        name: ``"adamw"``, ``"lion"`` or ``"muon"``.
        lr: Learning rate; Lion wants 3 to 10 times less than AdamW, and that much more decay; Muon wants AdamW's.
        weight_decay: Decoupled decay of matrices.
        betas: ``None`` takes (0.9, 0.95) for AdamW and the paper's language-model values (0.95, 0.98) for Lion; with
            Muon they are those of the AdamW beside it.

    Raises:
        BadInput: There is no such optimiser, nothing to train, or nothing that Muon could train.
    """
    if name not in _BETAS:
        raise BadInput(f"new_optimizer: name must be one of {', '.join(_BETAS)}; got {shorten(name)}")
    weights = [weight for weight in model.parameters() if weight.requires_grad]
    if not weights:
        raise BadInput("new_optimizer: the model has no weight with requires_grad; nothing would be trained")
    betas = betas or _BETAS[name]
    matrices: list[Any] = []
    if name == "muon":
        from unriddle.train.muon import Muon, hidden_matrices

        matrices = [weight for weight in hidden_matrices(model) if weight.requires_grad]
    chosen = {id(weight) for weight in matrices}
    weights = [weight for weight in weights if id(weight) not in chosen]
    groups = [
        {"params": [weight for weight in weights if weight.ndim >= 2], "weight_decay": weight_decay},
        {"params": [weight for weight in weights if weight.ndim < 2], "weight_decay": 0.0},
    ]
    groups = [group for group in groups if group["params"]]
    if name == "muon":
        return Muon(matrices, groups, lr=lr, weight_decay=weight_decay, betas=betas)
    if name == "lion":
        return Lion(groups, lr=lr, betas=betas)
    import torch

    return torch.optim.AdamW(groups, lr=lr, betas=betas, fused=True)


def set_learning_rate(optimizer: Any, lr: float) -> None:
    """The learning rate of every group."""
    for group in optimizer.param_groups:
        group["lr"] = lr


class Lion:
    """Lion: the sign of an interpolated momentum, with decoupled weight decay.

    ``w ← w − lr·(sign(β1·m + (1 − β1)·g) + λ·w)``, then ``m ← β2·m + (1 − β2)·g``. No bias correction, no epsilon;
    where the interpolation is 0, only the decay moves a weight.

    Args:
        groups: ``{"params": weights, "weight_decay": λ}`` each; ``weight_decay`` is 0 where missing.
        lr: Learning rate.
        betas: β1 and β2; the paper's (0.9, 0.99), and (0.95, 0.98) for language models.

    Raises:
        BadInput: A value is out of range.
    """

    def __init__(
        self, groups: Iterable[dict[str, Any]], *, lr: float = 1e-4, betas: tuple[float, float] = (0.9, 0.99)
    ) -> None:
        if not lr >= 0 or not all(0 <= beta < 1 for beta in betas):
            raise BadInput(f"Lion: lr must be 0 or more and betas in [0, 1), got lr={lr!r}, betas={betas!r}")
        self.param_groups = [{"weight_decay": 0.0, **group, "lr": lr, "betas": betas} for group in groups]
        self._momenta: dict[int, torch.Tensor] = {}

    def step(self) -> None:
        """Move every weight that has a gradient."""
        import torch

        number = 0
        with torch.no_grad():
            for group in self.param_groups:
                first, second = group["betas"]
                for weight in group["params"]:
                    number += 1
                    if weight.grad is None:
                        continue
                    if number - 1 not in self._momenta:
                        self._momenta[number - 1] = torch.zeros_like(weight)
                    momentum = self._momenta[number - 1]
                    weight.mul_(1 - group["lr"] * group["weight_decay"])
                    weight.sub_(momentum.lerp(weight.grad, 1 - first).sign_(), alpha=group["lr"])
                    momentum.lerp_(weight.grad, 1 - second)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients."""
        for group in self.param_groups:
            for weight in group["params"]:
                weight.grad = None if set_to_none or weight.grad is None else weight.grad.zero_()

    def state_dict(self) -> dict[str, Any]:
        """The momenta by number of the weight, as torch's optimisers give theirs."""
        return {"state": {i: {"momentum": momentum} for i, momentum in self._momenta.items()}}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take up what ``state_dict`` gave."""
        weights = [weight for group in self.param_groups for weight in group["params"]]
        self._momenta = {int(i): part["momentum"].to(weights[int(i)].device) for i, part in state["state"].items()}
