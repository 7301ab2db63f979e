"""``unriddle train nursery``: what it prints, its exit codes, and what it says of bad input."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from unriddle.cli.main import main
from unriddle.cli.train import train_command
from unriddle.errors import BadInput, MissingExtra, TrainError
from unriddle.train import nursery, recipes
from unriddle.train.recipes import Recipe

pytest.importorskip("torch")

TINY = Recipe(
    size="200k", n_problems=80, levels=((1, 1.0),), tokens=4 * 2048, n_evaluations=1, eval_problems=2,
    eval_levels=(1,), final_problems=2, final_draws=2,
)  # fmt: skip


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "PRESETS", {**recipes.PRESETS, "small": (TINY,)})


def call(*args: str) -> Any:
    return CliRunner().invoke(train_command, ["nursery", "--workers", "1", *args], standalone_mode=False)


@pytest.mark.usefixtures("tiny")
def test_one_document_on_stdout_and_progress_on_stderr(tmp_path: Path) -> None:
    out = tmp_path / "n"
    result = call("--out", str(out), "--json")
    assert result.exception is None
    document = json.loads(result.stdout)
    assert (document["schema"], document["preset"]) == (1, "small")
    (model,) = document["models"]
    assert model["folder"] == str(out / "model")
    assert model["trained"]["steps"] == 4
    assert set(model["evaluation"]["level 1"]) == {"pass@1"}
    assert "making 80 problems" in result.stderr
    assert "step 4 of 4" in result.stderr
    table = call("--out", str(out), "--resume", "--quiet")
    assert "pass@1" in table.stdout
    assert f"hf:{out}/model" in table.stdout
    assert table.stderr == ""
    again = call("--out", str(out))
    assert isinstance(again.exception, BadInput)
    assert "--resume" in str(again.exception)


@pytest.mark.usefixtures("tiny")
def test_a_run_that_had_to_stop_ends_with_1(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stops(*args: Any, **options: Any) -> Any:
        raise TrainError("the loss is nan at step 3, batch 2")

    monkeypatch.setattr(nursery, "train", stops)
    result = call("--out", str(tmp_path / "n"))
    assert result.return_value == 1
    assert "stopped: the loss is nan at step 3" in result.stderr


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--size", "3m"], "size must be one of 200k"),
        (["--device", "abacus"], "device must be"),
        (["--out", __file__], "is a file"),
    ],
)
@pytest.mark.usefixtures("tiny")
def test_bad_input_is_named(tmp_path: Path, args: list[str], message: str) -> None:
    result = call("--out", str(tmp_path / "n"), *args)
    assert message in str(result.exception)
    assert not isinstance(result.exception, AttributeError)


def test_without_torch_the_pip_line_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    result = call("--out", str(tmp_path / "n"))
    assert isinstance(result.exception, MissingExtra)
    assert "unriddle[train]" in str(result.exception)
    assert not (tmp_path / "n").exists()
    with pytest.raises(SystemExit) as stop:
        main(["train", "nursery", "--out", str(tmp_path / "n")])
    assert stop.value.code == 2


def test_help_has_examples_and_is_light() -> None:
    code = (
        "import sys; from click.testing import CliRunner; from unriddle.cli.train import train_command;"
        "print(CliRunner().invoke(train_command, ['nursery', '--help']).output);"
        "print([m for m in ('torch', 'numpy') if m in sys.modules])"
    )
    text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "unriddle train nursery --shuffle-pairs" in text
    assert text.strip().endswith("[]")
