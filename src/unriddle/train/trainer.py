"""The training loop: objective in, loss out.

One step: the batches of the step give losses, their gradients are added up by weight, clipped, and the optimiser moves.
Everything else is on the side: a line in ``metrics.jsonl`` per step, checkpoints, evaluations, early stop. Batches and
learning rates are functions of the step, so that a run that was killed goes on with the same losses, step for step, on
the same machine and number of threads. Not covered: several devices or machines.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

from unriddle.errors import BadInput, TrainError
from unriddle.lm.hf_folder import need_torch
from unriddle.lm.transformers import pick_device
from unriddle.train.checkpoint import (
    Position,
    last_checkpoint,
    load_weights,
    read_checkpoint,
    weights_of,
    write_checkpoint,
)
from unriddle.train.metrics import MetricsLog
from unriddle.train.objectives.base import Loss, Objective
from unriddle.train.optim import OptimizerName, new_optimizer, set_learning_rate
from unriddle.train.schedule import Schedule, learning_rate

__all__ = ["Evaluate", "Settings", "StepReport", "Trained", "train"]

B = TypeVar("B")

Evaluate = Callable[[Any, int], Mapping[str, float]]
"""``(model, steps done) -> numbers``; it must leave the weights as they are."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train.

    Args:
        steps: How many.
        lr: Highest learning rate.
        optimizer: ``"adamw"``, ``"lion"`` or ``"muon"``.
        weight_decay: Of matrices.
        betas: Of the optimiser; ``None`` takes its own.
        schedule: ``"cosine"``, ``"wsd"`` or ``"constant"``.
        warmup: Steps that rise to ``lr``.
        floor: Share of ``lr`` at the end.
        clip: Longest gradient.
        accumulate: Batches per step.
        eval_every: Steps between evaluations; 0 evaluates at the end only.
        save_every: Steps between checkpoints; 0 saves at the end only.
        watch: Name of the evaluation number that decides early stop; empty for none.
        watch_max: Whether higher is better.
        patience: Evaluations in a row without improvement after which training ends; 0 never ends it.
        precision: ``"auto"`` means bf16 on a GPU that has it and float32 elsewhere.
        device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
        seed: Of everything random in the model (dropout).

    Raises:
        BadInput: A number is out of range.
    """

    steps: int
    lr: float = 1e-3
    optimizer: OptimizerName = "adamw"
    weight_decay: float = 0.1
    betas: tuple[float, float] | None = None
    schedule: Schedule = "cosine"
    warmup: int = 0
    floor: float = 0.0
    clip: float = 1.0
    accumulate: int = 1
    eval_every: int = 0
    save_every: int = 0
    watch: str = ""
    watch_max: bool = True
    patience: int = 0
    precision: Literal["auto", "float32", "bfloat16"] = "auto"
    device: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        least = {"steps": 1, "accumulate": 1, "warmup": 0, "eval_every": 0, "save_every": 0, "patience": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise BadInput(f"Settings: {name} must be {low} or more, got {getattr(self, name)!r}")
        if not self.lr > 0 or not self.clip > 0:
            raise BadInput(f"Settings: lr and clip must be more than 0, got {self.lr!r} and {self.clip!r}")


@dataclass(frozen=True, slots=True)
class StepReport:
    """What a step, or an evaluation, showed.

    Attributes:
        step: Steps that are done.
        steps: Steps that are planned.
        loss: Mean loss of the step.
        tokens_per_second: Since this process began training.
        evaluation: Numbers of the evaluation after this step; empty when there was none.
    """

    step: int
    steps: int
    loss: float
    tokens_per_second: float
    evaluation: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trained:
    """How a run ended.

    Attributes:
        steps: Steps that are done.
        loss: Mean loss of the last tenth of the steps.
        n_tokens: Tokens read, padding included.
        seconds: Wall seconds, earlier processes of the run included.
        stopped_early: Whether patience ended it.
        evaluation: Numbers of the last evaluation.
        best_step: The step whose weights the model has now; the last one without ``watch``.
    """

    steps: int
    loss: float
    n_tokens: int
    seconds: float
    stopped_early: bool
    evaluation: Mapping[str, float]
    best_step: int


def train(
    model: Any,
    batches: Callable[[int], B],
    *,
    objective: Objective[B],
    settings: Settings,
    out: Path,
    identity: Mapping[str, str] | None = None,
    evaluate: Evaluate | None = None,
    report: Callable[[StepReport], None] | None = None,
    resume: bool = False,
) -> Trained:
    """Train a model in place.

    Args:
        model: A module of torch.
        batches: Batch by number, from 0; a function of the number alone, or a resumed run is another run.
        objective: Gives the loss.
        settings: How to train.
        out: Holds ``metrics.jsonl`` and ``checkpoints/``.
        identity: What must be the same when the run is resumed, by name: tokenizer, data, plan.
        evaluate: Called every ``eval_every`` steps and at the end.
        report: Called after every step and evaluation.
        resume: Go on from the newest checkpoint in ``out``; without one, begin.

    Raises:
        TrainError: A loss or gradient is not finite, or the disk is full; the last good checkpoint is kept.
        BadInput: The checkpoint belongs to another run.
        MissingExtra: torch is not installed.
    """
    need_torch("training")
    import torch

    device = pick_device(settings.device)
    model.to(device).train()
    torch.manual_seed(settings.seed)
    optimizer = new_optimizer(
        model, name=settings.optimizer, lr=settings.lr, weight_decay=settings.weight_decay, betas=settings.betas
    )
    identity = dict(identity or {})
    position = Position(0, identity)
    newest = last_checkpoint(out / "checkpoints") if resume else None
    if newest is not None:
        position = read_checkpoint(newest, model=model, optimizer=optimizer, identity=identity)
    log = MetricsLog(out / "metrics.jsonl", step=position.step)
    run = _Run(model, optimizer, settings, out, log, device, position, evaluate, report)
    return run.go(batches, objective)


class _Run:
    """One process's part of a run: the loop and what it keeps track of."""

    def __init__(
        self,
        model: Any,
        optimizer: Any,
        settings: Settings,
        out: Path,
        log: MetricsLog,
        device: str,
        position: Position,
        evaluate: Evaluate | None,
        report: Callable[[StepReport], None] | None,
    ) -> None:
        self.model, self.optimizer, self.settings, self.out, self.log = model, optimizer, settings, out, log
        self.device, self.position, self.evaluate, self.report = device, position, evaluate, report
        self.began, self.before = time.perf_counter(), position
        self.losses = [float(row["loss"]) for row in log.kept if "loss" in row]
        self.evaluation: Mapping[str, float] = ([{}] + [row["eval"] for row in log.kept if "eval" in row])[-1]
        self.saved = position.step

    def go(self, batches: Callable[[int], B], objective: Objective[B]) -> Trained:
        settings = self.settings
        stopped = 0 < settings.patience <= self.position.n_worse  # so it was when an earlier process ended
        for step in range(self.position.step, self.position.step if stopped else settings.steps):
            row = self.step(step, batches, objective)
            self.log.add(row)
            self.losses.append(float(row["loss"]))
            self.position = replace(
                self.position, step=step + 1, n_tokens=self.position.n_tokens + row["tokens"], seconds=self.seconds()
            )
            self.tell()
            last = step + 1 == settings.steps
            if last or (settings.eval_every and (step + 1) % settings.eval_every == 0):
                stopped = self.judge() and not last
            if last or stopped or (settings.save_every and (step + 1) % settings.save_every == 0):
                self.save()
            if stopped:
                break
        tail = self.losses[-max(1, len(self.losses) // 10) :]
        return Trained(
            steps=self.position.step,
            loss=sum(tail) / len(tail) if tail else math.nan,
            n_tokens=self.position.n_tokens,
            seconds=self.position.seconds,
            stopped_early=stopped,
            evaluation=self.evaluation,
            best_step=self.take_best(),
        )

    def step(self, step: int, batches: Callable[[int], B], objective: Objective[B]) -> dict[str, Any]:
        """One step of the optimiser; its line of the log."""
        import torch

        settings = self.settings
        lr = learning_rate(
            step,
            steps=settings.steps,
            peak=settings.lr,
            schedule=settings.schedule,
            warmup=settings.warmup,
            floor=settings.floor,
        )
        set_learning_rate(self.optimizer, lr)
        self.optimizer.zero_grad()
        total, weight, n_tokens = 0.0, 0.0, 0
        parts: dict[str, float] = {}
        for part in range(settings.accumulate):
            number = step * settings.accumulate + part
            batch: Any = batches(number)
            batch = batch.to(self.device) if hasattr(batch, "to") else batch
            with torch.autocast(self.device.partition(":")[0], torch.bfloat16, enabled=self.half()):
                loss: Loss = objective(self.model, batch)
            value = float(loss.total.detach())
            self.check_finite(value, "loss", step, number)
            share: Any = loss.total * loss.weight
            share.backward()
            total, weight = total + value * loss.weight, weight + loss.weight
            for name, one in loss.parts.items():
                parts[name] = parts.get(name, 0.0) + one * loss.weight
            n_tokens += int(batch.tokens.numel()) if hasattr(batch, "tokens") else 0
        weights = [one for one in self.model.parameters() if one.grad is not None]
        torch._foreach_div_([one.grad for one in weights], weight)
        norm = float(torch.nn.utils.clip_grad_norm_(weights, settings.clip))
        self.check_finite(norm, "gradient", step, step * settings.accumulate, number)
        self.optimizer.step()
        means = {name: one / weight for name, one in parts.items()}
        return {
            "step": step + 1,
            "loss": total / weight,
            **means,
            "lr": lr,
            "gradient": norm,
            "tokens": n_tokens,
            "seconds": round(self.seconds(), 3),
        }

    def half(self) -> bool:
        import torch

        if self.settings.precision == "auto":
            return self.device.startswith("cuda") and torch.cuda.is_bf16_supported()
        return self.settings.precision == "bfloat16"

    def check_finite(self, value: float, what: str, step: int, first: int, last: int | None = None) -> None:
        """Stop where a number is none, before the weights move."""
        if math.isfinite(value):
            return
        where = f"batch {first}" if last in (None, first) else f"batches {first} to {last}"
        raise TrainError(
            f"training: the {what} is {value} at step {step + 1}, {where}; stopped before the weights moved; "
            f"{self.kept()}. Lower the learning rate or the clip, or look at what is in there"
        )

    def kept(self) -> str:
        """Which checkpoint there is to go back to."""
        newest = last_checkpoint(self.out / "checkpoints")
        return f"the last good checkpoint is {newest}" if newest else "there is no checkpoint yet"

    def seconds(self) -> float:
        return self.before.seconds + time.perf_counter() - self.began

    def tell(self, evaluation: Mapping[str, float] | None = None) -> None:
        if self.report is not None:
            here = max(1e-9, time.perf_counter() - self.began)
            speed = (self.position.n_tokens - self.before.n_tokens) / here
            self.report(
                StepReport(self.position.step, self.settings.steps, self.losses[-1], speed, dict(evaluation or {}))
            )

    def judge(self) -> bool:
        """Evaluate; whether patience is used up."""
        if self.evaluate is None:
            return False
        import torch

        state = torch.get_rng_state()
        cuda = torch.cuda.get_rng_state() if torch.cuda.is_available() else None
        self.model.eval()
        self.evaluation = {name: float(value) for name, value in self.evaluate(self.model, self.position.step).items()}
        self.model.train()
        torch.set_rng_state(state)
        if cuda is not None:
            torch.cuda.set_rng_state(cuda)
        self.log.add({"step": self.position.step, "eval": self.evaluation, "seconds": round(self.seconds(), 3)})
        self.tell(self.evaluation)
        return self.keep_best() if self.settings.watch else False

    def keep_best(self) -> bool:
        name, position = self.settings.watch, self.position
        if name not in self.evaluation:
            raise BadInput(
                f"Settings: watch is {name!r}, but the evaluation gave {', '.join(self.evaluation) or 'nothing'}"
            )
        value, best = self.evaluation[name], position.best
        if best is None or (value > best if self.settings.watch_max else value < best):
            from unriddle.train.checkpoint import replacing, write_tensors

            self.position = replace(position, best=value, best_step=position.step, n_worse=0)
            with replacing(self.out / "best") as fresh:
                write_tensors(fresh / "weights.safetensors", weights_of(self.model))
            return False
        self.position = replace(position, n_worse=position.n_worse + 1)
        return 0 < self.settings.patience <= self.position.n_worse

    def save(self) -> None:
        import torch

        if not all(bool(torch.isfinite(weight).all()) for weight in self.model.parameters()):
            raise TrainError(
                f"training: step {self.position.step} left a weight that is not finite, so nothing was saved; "
                f"{self.kept()}. Lower the learning rate"
            )
        self.position = replace(self.position, seconds=self.seconds())
        write_checkpoint(self.out / "checkpoints", model=self.model, optimizer=self.optimizer, position=self.position)

    def take_best(self) -> int:
        """Give the model the best weights that were seen; the step they are from."""
        if not self.settings.watch or self.position.best is None:
            return self.position.step
        from unriddle.train.checkpoint import read_tensors

        path = self.out / "best" / "weights.safetensors"
        load_weights(self.model, read_tensors(path), where=str(path))
        return self.position.best_step
