"""LoRA: fine-tune a large model by low-rank additions to its matrices, through ``peft``.

The wrapped model goes into ``train`` like any other. Not covered: quantised base models, other adapters of ``peft``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from unriddle.errors import BadInput, MissingExtra

__all__ = ["add_lora", "load_adapter", "merged", "save_adapter"]


def add_lora(
    model: Any, *, rank: int = 8, alpha: float = 16, dropout: float = 0.0, targets: Sequence[str] | None = None
) -> Any:
    """The model with trainable low-rank additions; its own weights are frozen.

    Args:
        model: A causal model of ``transformers``.
        rank: Rank of each addition.
        alpha: Additions are scaled by ``alpha / rank``.
        dropout: Of what goes into the additions.
        targets: Names of the layers that get one; ``None`` means the query and value projections, as in the paper
            (Hu 2021, arXiv 2106.09685).

    Raises:
        BadInput: ``rank`` is less than 1, or the model has no such layer.
        MissingExtra: peft is not installed.
    """
    peft = _peft()
    if rank < 1:
        raise BadInput(f"add_lora: rank must be 1 or more, got {rank}")
    names = list(targets or ("q_proj", "v_proj"))
    known = {name.rpartition(".")[2] for name, _ in model.named_modules()}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise BadInput(f"add_lora: the model has no layer called {unknown[0]!r}; there are {', '.join(sorted(known))}")
    config = peft.LoraConfig(
        r=rank, lora_alpha=alpha, lora_dropout=dropout, target_modules=names, task_type="CAUSAL_LM"
    )
    return peft.get_peft_model(model, config)


def save_adapter(model: Any, *, folder: Path) -> None:
    """Write the additions only, as a folder of ``peft`` (safetensors); all or nothing.

    Raises:
        TrainError: It cannot be written.
    """
    from unriddle.train.checkpoint import replacing

    with replacing(folder) as fresh:
        model.save_pretrained(fresh)


def load_adapter(model: Any, *, folder: Path, trainable: bool = False) -> Any:
    """The model with the additions that ``save_adapter`` wrote.

    Raises:
        BadInput: The folder holds none, or they are another model's.
        MissingExtra: peft is not installed.
    """
    peft = _peft()
    if not (folder / "adapter_config.json").is_file():
        raise BadInput(f"load_adapter: {str(folder)!r} holds no adapter_config.json; save_adapter writes one")
    try:
        return peft.PeftModel.from_pretrained(model, str(folder), is_trainable=trainable, local_files_only=True)
    except (RuntimeError, ValueError) as error:
        raise BadInput(f"load_adapter: {str(folder)!r} does not fit this model: {error}") from error


def merged(model: Any) -> Any:
    """An ordinary model with the additions added into its matrices; ``save_model`` writes it."""
    return model.merge_and_unload()


def _peft() -> Any:
    try:
        import peft
    except ImportError as error:
        raise MissingExtra("LoRA", "unriddle[train]") from error
    return peft
