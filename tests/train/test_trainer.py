"""The loop: it learns, adds up, stops where it must, and goes on exactly after kill -9."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.train.conftest import END, encoded, sums
from tests.train.runner import run

from unriddle.errors import BadInput, TrainError
from unriddle.lm import SampleOptions, TransformersLM
from unriddle.train.checkpoint import last_checkpoint, read_position
from unriddle.train.metrics import read_metrics
from unriddle.train.models import new_model
from unriddle.train.objectives.base import Loss
from unriddle.train.objectives.sft import sft
from unriddle.train.packing import Batch, Encoded, PackedBatches
from unriddle.train.trainer import Settings, StepReport, train

torch = pytest.importorskip("torch")

RUNNER = Path(__file__).with_name("runner.py")


def unigram_entropy(examples: Encoded) -> float:
    """Nats per target token of the best model that ignores what came before."""
    targets = np.concatenate([examples.example(i)[examples.n_prompt[i] :] for i in range(len(examples))])
    _, counts = np.unique(targets, return_counts=True)
    share = counts / counts.sum()
    return float(-(share * np.log(share)).sum())


def test_the_loss_falls_far_below_the_unigram_entropy(tokenizer: Any, tmp_path: Path) -> None:
    examples = encoded(tokenizer, sums(200))
    model = new_model(tokenizer, size="200k")
    batches = PackedBatches(examples, rows=8, row_tokens=64)
    trained = train(model, batches, objective=sft, settings=Settings(steps=60, lr=4e-3, warmup=5), out=tmp_path)
    rows = read_metrics(tmp_path / "metrics.jsonl")
    assert len(rows) == 60
    assert rows[0]["loss"] > 4
    assert trained.loss < 0.7 * unigram_entropy(examples)
    assert trained.n_tokens == 60 * 8 * 64
    assert {"step", "loss", "lr", "gradient", "tokens", "seconds", "accuracy"} <= set(rows[0])


def test_it_memorises_ten_problems(tokenizer: Any, tmp_path: Path) -> None:
    pairs = sums(10, seed=9)
    model = new_model(tokenizer, size="200k")
    batches = PackedBatches(encoded(tokenizer, pairs), rows=4, row_tokens=64)
    train(model, batches, objective=sft, settings=Settings(steps=150, lr=5e-3, warmup=5), out=tmp_path)
    lm = TransformersLM.of(model, tokenizer, name="memory")
    rows = lm.sample([a for a, _ in pairs], options=SampleOptions(temperature=0, max_tokens=24))
    assert [row[0].text + END for row in rows] == [b for _, b in pairs]


def test_accumulated_batches_equal_a_large_one(tokenizer: Any, tmp_path: Path) -> None:
    examples = encoded(tokenizer, sums(64))
    weights = []
    for name, rows, accumulate in (("large", 4, 1), ("small", 1, 4)):
        model = new_model(tokenizer, size="200k")
        batches = PackedBatches(examples, rows=rows, row_tokens=64)
        settings = Settings(steps=3, lr=1e-3, accumulate=accumulate)
        train(model, batches, objective=sft, settings=settings, out=tmp_path / name)
        weights.append(model.model.layers[0].mlp.up_proj.weight.detach())
    assert torch.allclose(weights[0], weights[1], atol=1e-5)
    logs = [read_metrics(tmp_path / name / "metrics.jsonl") for name in ("large", "small")]
    assert [row["loss"] for row in logs[0]] == pytest.approx([row["loss"] for row in logs[1]], abs=1e-5)


def _losses(out: Path) -> list[tuple[int, float | None, Any]]:
    return [(row["step"], row.get("loss"), row.get("eval")) for row in read_metrics(out / "metrics.jsonl")]


def _forked(work: Callable[[], None], *, kill_after: int = 0) -> tuple[int, str]:
    """``work`` in a process of its own, killed with signal 9 after that many lines: its exit status and output."""
    end, begin = os.pipe()
    child = os.fork()
    if not child:
        code = 1
        try:
            os.dup2(begin, 1)
            work()
            code = 0
        except TrainError as error:
            os.write(1, f"TrainError: {error}".encode())
        finally:
            os._exit(code)
    os.close(begin)
    with os.fdopen(end) as output:
        lines = [output.readline() for _ in range(kill_after)]
        if kill_after:
            os.kill(child, signal.SIGKILL)
        text = "".join(lines) + output.read()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), text


@pytest.mark.parametrize("optimizer", ["adamw", "lion", "muon"])
def test_after_kill_9_the_losses_are_those_of_an_uninterrupted_run(tmp_path: Path, optimizer: str) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    code, text = _forked(lambda: run(whole, optimizer=optimizer))
    assert (code, text.split()[-1]) == (0, "30")
    for resume in (False, True):
        code, text = _forked(lambda: run(cut, resume=resume, slow=True, optimizer=optimizer), kill_after=8)  # noqa: B023
        assert code == -signal.SIGKILL
        newest = last_checkpoint(cut / "checkpoints")
        assert newest is not None
        assert 4 <= read_position(newest).step < 30
    with (cut / "metrics.jsonl").open("a") as log:
        log.write('{"step": 14, "lo')  # a line that the kill cut off
    assert _forked(lambda: run(cut, resume=True, optimizer=optimizer))[0] == 0
    assert _losses(cut) == _losses(whole)
    assert len(_losses(whole)) == 30 + 6


@pytest.mark.slow
def test_a_program_of_its_own_resumes_as_well(tmp_path: Path) -> None:
    call = [sys.executable, str(RUNNER)]
    subprocess.run([*call, str(tmp_path / "whole")], check=True, capture_output=True, timeout=300)
    with subprocess.Popen([*call, str(tmp_path / "cut"), "--slow"], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(9):
            process.stdout.readline()
        process.kill()
    subprocess.run([*call, str(tmp_path / "cut"), "--resume"], check=True, capture_output=True, timeout=300)
    assert _losses(tmp_path / "cut") == _losses(tmp_path / "whole")


def test_a_full_disk_keeps_the_last_good_checkpoint(tmp_path: Path) -> None:
    def starved() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
        run(tmp_path, resume=True)

    assert _forked(lambda: run(tmp_path))[0] == 0
    newest = last_checkpoint(tmp_path / "checkpoints")
    assert newest is not None
    weights = (newest / "weights.safetensors").read_bytes()
    assert len(weights) > 400_000
    shutil.rmtree(newest)
    (other,) = (tmp_path / "checkpoints").iterdir()
    code, text = _forked(starved)
    assert code == 1
    assert "could not be written" in text
    assert "File too large" in text
    assert "--resume" in text
    assert list((tmp_path / "checkpoints").iterdir()) == [other]
    assert _forked(lambda: run(tmp_path, resume=True))[0] == 0
    assert (newest / "weights.safetensors").read_bytes() == weights


class Poisoned:
    """The supervised objective, but one batch gives no number."""

    def __init__(self, at: int) -> None:
        self.at, self.calls = at, 0

    def __call__(self, model: Any, batch: Batch, /) -> Loss:
        loss = sft(model, batch)
        self.calls += 1
        return Loss(loss.total * float("nan"), loss.weight) if self.calls == self.at else loss


def test_a_loss_that_is_no_number_stops_at_its_batch_and_keeps_the_last_checkpoint(
    tokenizer: Any, tmp_path: Path
) -> None:
    examples = encoded(tokenizer, sums(50))
    model = new_model(tokenizer, size="200k")
    settings = Settings(steps=20, save_every=2, accumulate=2)
    batches = PackedBatches(examples, rows=2, row_tokens=64)
    with pytest.raises(TrainError, match=r"loss is nan at step 6, batch 11; .*step-00000004") as error:
        train(model, batches, objective=Poisoned(12), settings=settings, out=tmp_path)
    assert "Lower the learning rate" in str(error.value)
    newest = last_checkpoint(tmp_path / "checkpoints")
    assert newest is not None
    assert read_position(newest).step == 4
    assert all(torch.isfinite(weight).all() for weight in model.parameters())
    fresh = new_model(tokenizer, size="200k")
    settings = Settings(steps=8, save_every=2, accumulate=2)
    assert train(fresh, batches, objective=sft, settings=settings, out=tmp_path, resume=True).steps == 8


def test_a_gradient_that_is_no_number_does_not_reach_the_weights(tokenizer: Any, tmp_path: Path) -> None:
    def infinite(model: Any, batch: Batch, /) -> Loss:
        loss = sft(model, batch)
        corner = model.model.norm.weight[0]
        return Loss(loss.total + torch.sqrt(corner - corner.detach()), loss.weight)

    model = new_model(tokenizer, size="200k")
    batches = PackedBatches(encoded(tokenizer, sums(20)), rows=2, row_tokens=64)
    with pytest.raises(TrainError, match=r"gradient is (nan|inf) at step 1.*no checkpoint yet"):
        train(model, batches, objective=infinite, settings=Settings(steps=3), out=tmp_path)
    assert all(torch.isfinite(weight).all() for weight in model.parameters())


def test_weights_that_are_no_numbers_are_not_saved(tokenizer: Any, tmp_path: Path) -> None:
    batches = PackedBatches(encoded(tokenizer, sums(20)), rows=2, row_tokens=64)
    model = new_model(tokenizer, size="200k")

    def break_it(step: StepReport) -> None:
        if step.step == 4:
            model.model.norm.weight.data[0] = float("inf")

    settings = Settings(steps=9, save_every=2)
    with pytest.raises(TrainError, match=r"step 4 left a weight that is not finite.*step-00000002"):
        train(model, batches, objective=sft, settings=settings, out=tmp_path, report=break_it)
    assert [path.name for path in (tmp_path / "checkpoints").iterdir()] == ["step-00000002"]


def test_patience_ends_a_run_and_the_best_weights_are_given(tokenizer: Any, tmp_path: Path) -> None:
    values = iter([0.1, 0.5, 0.3, 0.4, 0.2, 0.9])
    seen: dict[int, Any] = {}

    def evaluate(model: Any, step: int) -> dict[str, float]:
        seen[step] = model.model.norm.weight.detach().clone()
        assert not model.training
        return {"pass@1": next(values)}

    model = new_model(tokenizer, size="200k")
    batches = PackedBatches(encoded(tokenizer, sums(20)), rows=2, row_tokens=64)
    settings = Settings(steps=100, lr=1e-2, eval_every=2, watch="pass@1", patience=3)
    reports: list[StepReport] = []
    trained = train(
        model, batches, objective=sft, settings=settings, out=tmp_path, evaluate=evaluate, report=reports.append
    )
    assert (trained.stopped_early, trained.steps, trained.best_step) == (True, 10, 4)
    assert torch.equal(model.model.norm.weight.detach(), seen[4])
    assert [report.step for report in reports if report.evaluation] == [2, 4, 6, 8, 10]
    fresh = new_model(tokenizer, size="200k")
    again = train(
        fresh, batches, objective=sft, settings=settings, out=tmp_path, evaluate=evaluate, resume=True
    )  # what ended stays ended
    assert (again.stopped_early, again.steps, again.best_step) == (True, 10, 4)
    assert torch.equal(fresh.model.norm.weight.detach(), seen[4])
    with pytest.raises(BadInput, match="watch is 'pass@1', but the evaluation gave other"):
        train(
            model, batches, objective=sft, settings=settings, out=tmp_path / "b", evaluate=lambda m, s: {"other": 1.0}
        )


def test_a_checkpoint_of_another_tokenizer_is_refused(tokenizer: Any, tmp_path: Path) -> None:
    batches = PackedBatches(encoded(tokenizer, sums(20)), rows=2, row_tokens=64)
    settings = Settings(steps=2)
    for identity in ({"tokenizer": "aaaa"}, {"tokenizer": "bbbb"}):
        model = new_model(tokenizer, size="200k")
        if identity["tokenizer"] == "bbbb":
            with pytest.raises(BadInput, match=r"another tokenizer \('aaaa', now 'bbbb'\)"):
                train(model, batches, objective=sft, settings=settings, out=tmp_path, identity=identity, resume=True)
        else:
            train(model, batches, objective=sft, settings=settings, out=tmp_path, identity=identity)
    larger = new_model(tokenizer, size="1m")
    with pytest.raises(BadInput, match="weights are those of another model"):
        train(
            larger, batches, objective=sft, settings=settings, out=tmp_path, identity={"tokenizer": "aaaa"}, resume=True
        )


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": 1, "lr": 0.0}, {"steps": 1, "accumulate": 0}])
def test_settings_out_of_range_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="must be"):
        Settings(**wrong)


def test_the_log_is_json_lines_with_losses_that_come_back_exactly(tokenizer: Any, tmp_path: Path) -> None:
    model = new_model(tokenizer, size="200k")
    batches = PackedBatches(encoded(tokenizer, sums(20)), rows=2, row_tokens=64)
    seen: list[float] = []
    train(
        model, batches, objective=sft, settings=Settings(steps=3), out=tmp_path,
        report=lambda report: seen.append(report.loss),
    )  # fmt: skip
    lines = (tmp_path / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line)["loss"] for line in lines] == seen
