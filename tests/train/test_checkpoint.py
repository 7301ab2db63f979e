"""Checkpoints are whole or absent, and come back exactly."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any

import pytest

from unriddle.errors import BadInput, TrainError
from unriddle.train.checkpoint import (
    Position,
    last_checkpoint,
    read_checkpoint,
    read_position,
    replacing,
    write_checkpoint,
)
from unriddle.train.models import new_model
from unriddle.train.optim import new_optimizer

torch = pytest.importorskip("torch")

_NEW_MOUNTS = 0x00020000


def moved(tokenizer: Any, name: Any) -> tuple[Any, Any]:
    """A model and an optimiser that has made two steps."""
    model = new_model(tokenizer, size="200k")
    optimizer = new_optimizer(model, name=name, lr=1e-3)
    ids = torch.arange(12)[None]
    for _ in range(2):
        optimizer.zero_grad()
        model(input_ids=ids, labels=ids).loss.backward()
        optimizer.step()
    return model, optimizer


@pytest.mark.parametrize("name", ["adamw", "lion", "muon"])
def test_a_checkpoint_comes_back_exactly(tokenizer: Any, tmp_path: Path, name: str) -> None:
    model, optimizer = moved(tokenizer, name)
    position = Position(7, {"tokenizer": "t"}, n_tokens=99, seconds=1.5, best=0.25, best_step=5, n_worse=1)
    write_checkpoint(tmp_path, model=model, optimizer=optimizer, position=position)
    drawn = torch.rand(3)
    other = new_model(tokenizer, size="200k", seed=5)
    optimizer_2 = new_optimizer(other, name=name, lr=1e-3)  # type: ignore[arg-type]
    path = last_checkpoint(tmp_path)
    assert path is not None
    assert read_checkpoint(path, model=other, optimizer=optimizer_2, identity={"tokenizer": "t"}) == position
    assert torch.equal(torch.rand(3), drawn)
    for a, b in zip(model.parameters(), other.parameters(), strict=True):
        assert torch.equal(a, b)
    one, two = optimizer.state_dict()["state"], optimizer_2.state_dict()["state"]
    assert one.keys() == two.keys()
    assert all(torch.equal(one[i][key], two[i][key]) for i in one for key in one[i])


def test_the_newest_two_are_kept_and_a_half_written_one_is_not_seen(tokenizer: Any, tmp_path: Path) -> None:
    model, optimizer = moved(tokenizer, "lion")
    for step in (1, 2, 3, 10):
        write_checkpoint(tmp_path, model=model, optimizer=optimizer, position=Position(step))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["step-00000003", "step-00000010"]
    (tmp_path / ".step-00000011.1.part").mkdir()
    (tmp_path / "step-00000012").mkdir()  # as a copy that was broken off would leave it
    assert last_checkpoint(tmp_path) == tmp_path / "step-00000010"
    write_checkpoint(tmp_path, model=model, optimizer=optimizer, position=Position(13))
    assert not (tmp_path / ".step-00000011.1.part").exists()
    assert last_checkpoint(tmp_path / "nowhere") is None


def test_buffers_that_a_model_keeps_come_back_too(tmp_path: Path) -> None:
    def counting() -> Any:
        return torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))

    model = counting()
    model(torch.randn(8, 3))
    write_checkpoint(tmp_path, model=model, optimizer=new_optimizer(model), position=Position(1))
    other = counting()
    read_checkpoint(tmp_path / "step-00000001", model=other, optimizer=new_optimizer(other), identity={})
    assert other[1].num_batches_tracked == 1
    assert torch.equal(other[1].running_mean, model[1].running_mean)
    assert torch.equal(other[0].weight, model[0].weight)


def test_a_damaged_checkpoint_is_named(tokenizer: Any, tmp_path: Path) -> None:
    model, optimizer = moved(tokenizer, "lion")
    path = write_checkpoint(tmp_path, model=model, optimizer=optimizer, position=Position(1))
    (path / "weights.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{broken}")
    with pytest.raises(BadInput, match=r"weights\.safetensors cannot be read"):
        read_checkpoint(path, model=model, optimizer=optimizer, identity={})
    (path / "state.json").write_text('{"schema": 2}')
    with pytest.raises(BadInput, match="not a checkpoint of this version"):
        read_position(path)


def test_what_fails_half_way_leaves_the_old_folder(tmp_path: Path) -> None:
    with replacing(tmp_path / "model") as fresh:
        (fresh / "a").write_text("old")
    with pytest.raises(TrainError, match="No space left"), replacing(tmp_path / "model") as fresh:  # noqa: PT012
        (fresh / "a").write_text("new")
        raise OSError(28, "No space left on device")
    assert (tmp_path / "model" / "a").read_text() == "old"
    with pytest.raises(KeyError), replacing(tmp_path / "model") as fresh:
        raise KeyError("a mistake is not a full disk")
    with replacing(tmp_path / "model") as fresh:
        (fresh / "b").write_text("new")
    assert [path.name for path in tmp_path.rglob("*")] == ["model", "b"]


def test_a_disk_that_is_really_full(tokenizer: Any, tmp_path: Path) -> None:
    model, optimizer = moved(tokenizer, "adamw")
    end, begin = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(begin, _on_a_small_disk(tmp_path, model, optimizer).encode())
        finally:
            os._exit(0)
    os.close(begin)
    os.waitpid(child, 0)
    with os.fdopen(end) as answer:
        text = answer.read()
    if text.startswith("skip"):
        pytest.skip(text)
    assert "No space left on device" in text
    assert text.endswith("kept step-00000001 only")


def _on_a_small_disk(folder: Path, model: Any, optimizer: Any) -> str:
    """What happened to a second checkpoint where one and a half fit; the disk ends with the process."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_MOUNTS) or libc.mount(b"none", b"/", None, 0x4000 | 0x40000, None):
        return "skip: no mount namespace here"
    if libc.mount(b"tmpfs", str(folder).encode(), b"tmpfs", 0, b"size=3m"):
        return "skip: no small disk can be mounted here"
    write_checkpoint(folder, model=model, optimizer=optimizer, position=Position(1))
    try:
        write_checkpoint(folder, model=model, optimizer=optimizer, position=Position(2))
    except TrainError as error:
        kept = last_checkpoint(folder)
        assert kept is not None
        read_checkpoint(kept, model=model, optimizer=optimizer, identity={})
        names = " ".join(path.name for path in folder.iterdir())
        return f"{error}; kept {names} only"
    return "it was written"
