"""A training run in a process of its own, to be killed or starved of disk by a test.

``python runner.py OUT [--resume] [--slow] [--optimizer NAME]``
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.train.conftest import encoded, sums

from unriddle.train.models import new_model
from unriddle.train.objectives.sft import sft
from unriddle.train.packing import PackedBatches
from unriddle.train.tokenizer import train_tokenizer
from unriddle.train.trainer import Settings, StepReport, train


def run(out: Path, *, resume: bool = False, slow: bool = False, optimizer: str = "adamw") -> None:
    """One process's part of the run; the number of every finished step goes to stdout."""
    torch.set_num_threads(1)
    tokenizer = train_tokenizer([a + b for a, b in sums(300)], special=[], vocabulary=300)
    model = new_model(tokenizer, size="200k", seed=0)

    def report(step: StepReport) -> None:
        os.write(1, f"{step.step}\n".encode())
        if slow:
            time.sleep(0.05)

    train(
        model,
        PackedBatches(encoded(tokenizer, sums(100)), rows=2, row_tokens=64, seed=1),
        objective=sft,
        settings=Settings(
            steps=30,
            lr=3e-3,
            save_every=4,
            eval_every=5,
            warmup=3,
            accumulate=2,
            optimizer=optimizer,  # type: ignore[arg-type]
        ),
        out=out,
        evaluate=lambda model, step: {"noise": float(torch.rand(1))},
        report=report,
        resume=resume,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("out", type=Path)
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--optimizer", default="adamw")
    args = parser.parse_args()
    run(args.out, resume=args.resume, slow=args.slow, optimizer=args.optimizer)


if __name__ == "__main__":
    main()
