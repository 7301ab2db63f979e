"""The experiment of ``unriddle.methods.lpw``: every branch, the workflow against others at equal calls, and places.

The noisy planner and coder stands for a language model; SmolLM2 is asked in the full preset. Not covered: larger
models.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np

from unriddle.benchmarks.base import Task
from unriddle.benchmarks.metrics import bootstrap, paired_bootstrap
from unriddle.budget import Budget
from unriddle.contracts import Executor
from unriddle.feedback.failing import entry_call
from unriddle.lab._ldb_recorded import NEEDS, benchmark, recorded_folder
from unriddle.lab._lpw_places import place_mutants
from unriddle.lab._lpw_script import SCRIPTS, differences
from unriddle.lab._lpw_symbolic import Outcome, by_lpw, by_repair, by_resampling
from unriddle.lab._lpw_tasks import draw_tasks
from unriddle.lab._small_model import LIMITS, OPTIONS, loop_claim
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.lm.base import LM
from unriddle.methods.lpw import LPW
from unriddle.solver import Solution

__all__ = ["experiment"]

_N_TASKS, _MOST = 200, 12
_RIGHT = 0.8


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; only the places of mistakes need the recorded problems."""
    folder = recorded_folder(context)
    with context.executor() as executor:
        context.say("following every branch")
        claims = [_branches(executor)]
        context.say(f"solving {_N_TASKS} tasks in five ways")
        claims += _symbolic(executor, seed=seed)
        claims.append(loop_claim("LPW", partial(_small, executor), preset=preset, executor=executor, context=context))
        if folder is None:
            name = "MBPP with one operator exchanged: the first update that differs is made by the mutated line"
            return [*claims, not_run(name, NEEDS)]
        context.say("placing mistakes")
        claims += _places(folder, executor, n=60 if preset == "small" else 300, seed=seed)
    return claims


def _branches(executor: Executor) -> Claim:
    odd = [text for script in SCRIPTS for text in differences(script, executor)]
    return claim(
        "scripted branches that take another number of calls, end otherwise, or show the model something else",
        len(odd), relation="==", baseline=0, note=f"{len(SCRIPTS)} branches; {'; '.join(odd) or 'no difference'}",
    )  # fmt: skip


def _symbolic(executor: Executor, *, seed: int) -> list[Claim]:
    """The workflow, resampling and repair without a plan, at most twelve calls of the generator each."""
    tasks = draw_tasks(_N_TASKS, rng=generator(seed, stream=1))
    lpw = [by_lpw(task, executor=executor, rng=generator(seed, stream=100 + i), right=_RIGHT, most=_MOST)
           for i, task in enumerate(tasks)]  # fmt: skip
    rng = generator(seed, stream=2)
    both = _RIGHT * _RIGHT
    ways = {
        f"resampling whose steps are right with {both:.2f}": (by_resampling, both),
        f"repair of any step, right with {both:.2f}": (by_repair, both),
        f"resampling as sure as planning ({_RIGHT})": (by_resampling, _RIGHT),
        f"repair of any step, as sure as planning ({_RIGHT})": (by_repair, _RIGHT),
    }
    claims = []
    for name, (way, right) in ways.items():
        other = [way(task, rng=rng, right=right, most=_MOST) for task in tasks]
        claims.append(_against(lpw, other, name, rng))
    wrong = sum(x.visible and not x.hidden for x in lpw)
    claims.append(
        claim("LPW: programs that pass the visible tests and not the hidden ones", wrong / len(lpw), relation="<=",
              baseline=0.05, note=f"{wrong} of {len(lpw)}; three visible tests, twenty hidden")
    )  # fmt: skip
    return claims


def _against(lpw: Sequence[Outcome], other: Sequence[Outcome], name: str, rng: np.random.Generator) -> Claim:
    mine, theirs = (np.array([x.hidden for x in of], dtype=np.float64) for of in (lpw, other))
    gain = paired_bootstrap(mine, theirs, rng=rng)
    calls, others = (float(np.mean([x.n_calls for x in of])) for of in (lpw, other))
    false = sum(x.visible and not x.hidden for x in other)
    note = (
        f"{len(lpw)} tasks, hidden tests, at most {_MOST} calls each ({calls:.1f} and {others:.1f} on average); "
        f"difference {gain['value']:.3f} [{gain['low']:.3f}, {gain['high']:.3f}]; {false} false accepts of the other"
    )
    return claim(f"LPW solves more than {name}", mine.mean(), relation=">", baseline=float(theirs.mean()), note=note)


def _places(folder: Path, executor: Executor, *, n: int, seed: int) -> list[Claim]:
    """One operator of an MBPP reference exchanged: which line is first seen to go wrong."""
    rng = generator(seed, stream=3)
    programs = []
    for task in benchmark(folder, "mbpp").tasks:
        calls = [call for call in map(entry_call, task.problem.tests) if call]
        if task.reference and calls:
            programs.append((ast.unparse(ast.parse(task.reference)), calls[0]))
    order = rng.permutation(len(programs)).tolist()
    found = place_mutants([programs[i] for i in order], n=n, executor=executor, rng=rng)
    if not found.update.size:
        return []
    share = bootstrap(found.update, rng=rng)
    note = f"{found.update.size} mutants that change the run; first difference of any kind {found.step.mean():.2f}"
    name = "MBPP with one operator exchanged: the first update that differs is made by the mutated line"
    return [
        claim(f"{name}, against the last line that ran", share["value"], relation=">",
              baseline=float(found.last.mean()), low=share["low"], high=share["high"], note=note),
        claim(f"{name}, against a random line that ran", share["value"], relation=">",
              baseline=float(found.chance.mean()), low=share["low"], high=share["high"], note=note),
        claim("and the first difference of any kind is at the mutated line more often than the first update",
              found.step.mean(), relation=">=", baseline=share["value"], note=note),
    ]  # fmt: skip


def _small(executor: Executor, lm: LM, task: Task) -> Solution:
    """A small model plans, writes and repairs, twice each at most; a plan that was not verified is used anyway."""
    solver = LPW(lm, executor, max_plan_iters=2, max_code_iters=2, unverified="use", options=OPTIONS, limits=LIMITS)
    return solver(task.problem, budget=Budget())
