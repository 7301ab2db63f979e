"""Checkpoints: weights, optimiser, random state and position, written whole or not at all, and read back exactly.

A checkpoint is a folder ``step-00000120`` of two safetensors files and a JSON file. It is written under another name,
synced, and renamed; only then older ones are removed. So a full disk or a killed process leaves the last good one.
Nothing is pickled. Not covered: sharded models.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from unriddle import whole_file
from unriddle.errors import BadInput, TrainError, shorten

__all__ = [
    "Position",
    "last_checkpoint",
    "load_weights",
    "read_checkpoint",
    "read_position",
    "read_tensors",
    "replacing",
    "replacing_file",
    "weights_of",
    "write_checkpoint",
    "write_tensors",
]

_PREFIX = "step-"
_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class Position:
    """Where a run stands.

    Attributes:
        step: Steps that are done.
        identity: What must be the same to go on (tokenizer, plan), by name.
        n_tokens: Tokens read so far.
        seconds: Wall seconds spent so far.
        best: Best value of the watched metric, and when; ``None`` before the first.
        best_step: The step it was reached at.
        n_worse: Evaluations since then.
    """

    step: int
    identity: dict[str, str] = field(default_factory=dict)
    n_tokens: int = 0
    seconds: float = 0.0
    best: float | None = None
    best_step: int = 0
    n_worse: int = 0


def last_checkpoint(folder: Path) -> Path | None:
    """The newest whole checkpoint in a folder; ``None`` where there is none."""
    found = sorted(path for path in folder.glob(f"{_PREFIX}*") if path.is_dir() and (path / "state.json").is_file())
    return found[-1] if found else None


def write_checkpoint(folder: Path, *, model: Any, optimizer: Any, position: Position, keep: int = 2) -> Path:
    """Write one and return its folder; all but the newest ``keep`` are removed afterwards.

    Raises:
        TrainError: It could not be written; the last one is still there.
    """
    import torch

    path = folder / f"{_PREFIX}{position.step:08d}"
    plain = optimizer.state_dict()
    moments = {
        f"{number}.{name}": torch.as_tensor(value)
        for number, part in plain["state"].items()
        for name, value in part.items()
    }
    random = {"rng.cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        random["rng.cuda"] = torch.cuda.get_rng_state()
    for begun in folder.glob(f".{_PREFIX}*.part"):  # by a process that was killed; it may be most of the disk
        shutil.rmtree(begun, ignore_errors=True)
    with replacing(path) as fresh:
        write_tensors(fresh / "weights.safetensors", weights_of(model))
        write_tensors(fresh / "optimizer.safetensors", {**moments, **random})
        state = {"schema": _SCHEMA, **dataclasses.asdict(position)}
        (fresh / "state.json").write_text(json.dumps(state), encoding="utf-8")
    for old in sorted(folder.glob(f"{_PREFIX}*"))[:-keep]:
        shutil.rmtree(old, ignore_errors=True)
    return path


def read_position(path: Path) -> Position:
    """Where the run of a checkpoint stood.

    Raises:
        BadInput: The file is damaged or of another version.
    """
    try:
        state = json.loads((path / "state.json").read_text(encoding="utf-8"))
        if state.pop("schema") != _SCHEMA:
            raise ValueError("another version")
        return Position(**state)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadInput(
            f"{path}: not a checkpoint of this version ({error}); remove the folder to begin anew"
        ) from error


def read_checkpoint(path: Path, *, model: Any, optimizer: Any, identity: dict[str, str]) -> Position:
    """Bring model, optimiser and random state to where the checkpoint was written.

    Args:
        path: Its folder.
        model: Of the same shape.
        optimizer: Of the same kind, over the same weights.
        identity: What this run is; it must be what the checkpoint's run was.

    Raises:
        BadInput: The checkpoint belongs to another tokenizer, plan or model.
    """
    import torch

    position = read_position(path)
    for name in sorted({*identity, *position.identity}):
        if identity.get(name) != position.identity.get(name):
            raise BadInput(
                f"{path}: the checkpoint was made with another {name} ({shorten(position.identity.get(name))}, now "
                f"{shorten(identity.get(name))}); go on with the same one, or begin anew in another folder"
            )
    load_weights(model, read_tensors(path / "weights.safetensors"), where=str(path))
    tensors = read_tensors(path / "optimizer.safetensors")
    torch.set_rng_state(tensors.pop("rng.cpu"))
    cuda = tensors.pop("rng.cuda", None)
    if cuda is not None and torch.cuda.is_available():
        torch.cuda.set_rng_state(cuda)
    state: dict[int, dict[str, Any]] = {}
    for key, value in tensors.items():
        number, _, name = key.partition(".")
        state.setdefault(int(number), {})[name] = value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
    return position


def weights_of(model: Any) -> dict[str, Any]:
    """Every weight and kept buffer by name, tied ones once, on the CPU."""
    return {name: weight.detach().to("cpu").contiguous() for name, weight in _state(model).items()}


def _state(model: Any) -> dict[str, Any]:
    """The tensors that a model's own ``state_dict`` keeps, tied ones once."""
    kept = model.state_dict().keys()
    return dict(model.named_parameters()) | {name: one for name, one in model.named_buffers() if name in kept}


def load_weights(model: Any, weights: dict[str, Any], *, where: str) -> None:
    """Put weights into a model of the same shape.

    Raises:
        BadInput: Names or shapes differ.
    """
    import torch

    own = _state(model)
    wrong = [name for name in own if name not in weights or weights[name].shape != own[name].shape]
    if wrong or len(own) != len(weights):
        name = wrong[0] if wrong else next(iter(weights.keys() - own.keys()))
        raise BadInput(
            f"{where}: the weights are those of another model; {name} is "
            f"{_shape(weights.get(name))} there and {_shape(own.get(name))} here; use the same size and vocabulary"
        )
    with torch.no_grad():
        for name, weight in own.items():
            weight.copy_(weights[name])


def _shape(tensor: Any) -> str:
    return "absent" if tensor is None else str(tuple(tensor.shape))


@contextmanager
def replacing(folder: Path) -> Iterator[Path]:
    """A fresh folder to write into, which takes the place of ``folder`` when the block ends; all or nothing.

    Raises:
        TrainError: Something could not be written; what was there is kept.
    """
    fresh = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    old = folder.with_name(f".{folder.name}.{os.getpid()}.old")
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        yield fresh
        for path in [*fresh.rglob("*"), fresh]:
            _sync(path)
        if folder.exists():
            folder.rename(old)
        fresh.rename(folder)
        _sync(folder.parent)
    except _file_errors() as error:
        if old.exists() and not folder.exists():
            old.rename(folder)
        raise TrainError(
            f"{folder} could not be written: {error}; what was saved before is still there. Make room on the disk "
            "(or choose another --out), then go on with --resume"
        ) from error
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def replacing_file(path: Path) -> Iterator[Path]:
    """A name to write a file under, which takes the place of ``path`` when the block ends; all or nothing.

    Raises:
        TrainError: It could not be written; what was there is kept.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file.replacing(path) as fresh:
            yield fresh
    except OSError as error:
        raise TrainError(
            f"{path} could not be written: {error}; what was saved before is still there. Make room on the disk, or "
            "choose another folder"
        ) from error


def _file_errors() -> tuple[type[Exception], ...]:
    try:
        from safetensors import SafetensorError
    except ImportError:
        return (OSError,)
    return (OSError, SafetensorError)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_tensors(path: Path, tensors: dict[str, Any]) -> None:
    """Write tensors by name into one safetensors file."""
    from safetensors.torch import save

    path.write_bytes(save({name: tensor.to("cpu").contiguous() for name, tensor in tensors.items()}))


def read_tensors(path: Path) -> dict[str, Any]:
    """The tensors of a safetensors file.

    Raises:
        BadInput: It is missing or damaged.
    """
    from safetensors.torch import load

    try:
        found: dict[str, Any] = load(path.read_bytes())
    except _file_errors() as error:
        raise BadInput(f"{path} cannot be read ({error}); remove its folder and go on from an earlier one") from error
    return found
