"""The experiment of ``unriddle.methods.chain_of_code``: recorded baselines, known and noisy LMulators, a small model.

Programs for questions of BIG-Bench Hard come from templates of ours, one per set; the recording holds none. Not
covered: programs written by a model that can write them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unriddle.benchmarks import bbh
from unriddle.benchmarks.metrics import paired_bootstrap, wilson
from unriddle.contracts import Executor
from unriddle.execute.holes import run_with_holes
from unriddle.lab._coc_model import small_model
from unriddle.lab._coc_noise import NoisyModel, Oracle, chance_right, law_interval
from unriddle.lab._coc_templates import ALGORITHMIC, Counting, counting, program_of
from unriddle.lab._coc_words import KINDS, is_kind
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.methods._coc_emulate import Leaves, no_emulation
from unriddle.methods.chain_of_code import ChainOfCode, Variant

__all__ = ["experiment"]

_NEEDS = "needs the reference data (bbh); give --data"


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method."""
    folder = context.data / "bbh" if context.data is not None else None
    data = bbh.load(folder) if folder is not None and folder.is_dir() else None
    small = preset == "small"
    with context.executor() as executor:
        context.say("recorded answers, and programs from templates")
        claims = _recorded(data)
        claims += _algorithmic(data, executor, n=25 if small else 250)
        context.say("an LMulator that knows")
        claims += _known(executor, n=40 if small else 200, seed=seed)
        context.say("LMulators that err")
        claims += _noise(executor, n=80 if small else 300, n_more=0 if small else 1500, seed=seed)
        claims += _variants(executor, n=50 if small else 150, seed=seed)
        claims += small_model(data, executor, small=small, seed=seed, context=context)
    return claims


def _recorded(data: bbh.BigBenchHard | None) -> list[Claim]:
    name = "recorded answers of code-davinci-002: scores that come out as published, of 54"
    if data is None:
        return [not_run(name, _NEEDS, relation="==", baseline=54)]
    found = [data.recorded(task, style=style) for task in data.tasks for style in ("direct", "cot")]
    same = sum(abs(100 * float(np.mean(one.right)) - one.accuracy) < 1e-9 for one in found)
    means = {
        style: np.mean([one.accuracy for one in found if one.style == style and one.task in ALGORITHMIC])
        for style in ("direct", "cot")
    }
    note = f"six algorithmic sets: directly {means['direct']:.1f} %, with a chain of thought {means['cot']:.1f} %"
    return [claim(name, same, relation="==", baseline=2 * len(data.tasks), note=note)]


def _algorithmic(data: bbh.BigBenchHard | None, executor: Executor, *, n: int) -> list[Claim]:
    """Template programs on the sets, the kinds of things looked up in our own list of words."""
    if data is None:
        return [not_run("template programs on six algorithmic sets: share right", _NEEDS)]
    claims = []
    for task in ALGORITHMIC:
        examples = data.examples(task)[:n]
        programs = [program_of(task, one.question) for one in examples]
        # Holes are calls here: a question needs the same word once, which saves most of the runs.
        runs = run_with_holes(programs, Leaves({"is_kind": is_kind}), executor=executor, level="call")
        right = [bbh.matches(str(run.answer), one.answer) for run, one in zip(runs, examples, strict=True)]
        low, high = wilson(sum(right), len(right))
        cot, direct = (float(np.mean(data.recorded(task, style=style).right[:n])) for style in ("cot", "direct"))
        claims.append(
            claim(f"{task}: programs from one template beat the recorded chain of thought", float(np.mean(right)),
                  relation=">=", baseline=cot, low=low, high=high,
                  note=f"first {len(right)} questions, {sum(run.n_filled for run in runs)} calls filled in; "
                  f"recorded directly {direct:.2f}")
        )  # fmt: skip
    return claims


def _known(executor: Executor, *, n: int, seed: int) -> list[Claim]:
    """An oracle in place of the model: the engine alone is tested."""
    problems = counting(n, KINDS, rng=generator(seed, stream=1))
    programs = [one.program for one in problems]
    runs = run_with_holes(programs, Oracle(), executor=executor)
    called = run_with_holes(programs, Leaves({"is_kind": is_kind}), executor=executor, level="call")
    alone = run_with_holes(programs, no_emulation, executor=executor)
    wanted = [one.answer for one in problems]
    return [
        claim("an LMulator that knows: counting problems solved", _right(runs, wanted), relation="==", baseline=1.0,
              note=f"{n} problems, five forms of program"),
        claim("the same with calls as holes", _right(called, wanted), relation="==", baseline=1.0),
        claim("Python alone", _right(alone, wanted), relation="==", baseline=0.0),
        claim("programs asked for exactly as often as a failing line was reached",
              float(np.mean([run.n_filled == one.n_holes for run, one in zip(runs, problems, strict=True)])),
              relation="==", baseline=1.0),
        claim("with calls as holes: exactly as often as there are different arguments",
              float(np.mean([run.n_filled == len(set(one.things)) for run, one in zip(called, problems, strict=True)])),
              relation="==", baseline=1.0),
    ]  # fmt: skip


def _right(runs: Sequence[object], wanted: Sequence[int]) -> float:
    return float(np.mean([getattr(run, "answer", None) == answer for run, answer in zip(runs, wanted, strict=True)]))


def _noise(executor: Executor, *, n: int, n_more: int, seed: int) -> list[Claim]:
    """Counting under an LMulator whose judgements err: the binomial law, on lists of 8 different things."""
    claims = [
        _law(executor, f"error {error} of each judgement: share right as the law says", error=error, n=n,
             streams=(2 + number, 4 + number), seed=seed)
        for number, error in enumerate((0.05, 0.2))
    ]  # fmt: skip
    name = "error 0.05 again, on more lists: share right as the law says"
    if not n_more:
        return [*claims, not_run(name, "takes minutes; run --preset full", relation="between")]
    return [*claims, _law(executor, name, error=0.05, n=n_more, streams=(40, 41), seed=seed)]


def _law(executor: Executor, name: str, *, error: float, n: int, streams: tuple[int, int], seed: int) -> Claim:
    problems = counting(n, KINDS, rng=generator(seed, stream=streams[0]), forms=["branch"])
    fill = Oracle(error=error, rng=generator(seed, stream=streams[1]))
    runs = run_with_holes([one.program for one in problems], fill, executor=executor)
    chances = np.array([chance_right(one.answer, len(one.things) - one.answer, error) for one in problems])
    n_right = round(n * _right(runs, [one.answer for one in problems]))
    low, high = law_interval(chances.tolist())
    off = (n_right - chances.sum()) / np.sqrt((chances * (1 - chances)).sum())
    note = (
        f"{n_right} of {n} lists of 8 things, the law says {chances.sum():.1f} and in 95 % of draws {low} to {high}; "
        f"{off:+.2f} standard deviations off; no judgement wrong {(1 - error) ** 8:.3f}"
    )
    return claim(name, n_right / n, relation="between", low=low / n, high=high / n, note=note)


def _variants(executor: Executor, *, n: int, seed: int) -> list[Claim]:
    """The same model, every step wrong with the same chance, behind every variant."""
    error = 0.1
    problems = counting(n, KINDS, rng=generator(seed, stream=6), forms=["branch"])
    right = {}
    variants: tuple[Variant, ...] = ("interweave", "python or state", "python", "state", "lm")
    for number, variant in enumerate(variants):
        lm = NoisyModel(problems, error=error, rng=generator(seed, stream=7 + number))
        solver = ChainOfCode(lm, executor, variant=variant)
        found = _executed(solver, problems)
        right[variant] = np.array(found, dtype=float)
    claims = [
        claim("a model that errs in one step of ten: Python alone", float(right["python"].mean()), relation="==",
              baseline=0.0)
    ]  # fmt: skip
    for variant in ("python or state", "state", "lm"):
        gap = paired_bootstrap(right["interweave"], right[variant], rng=generator(seed, stream=20))
        claims.append(
            claim(f"interweaving beats '{variant}' at the same error of a step", gap["value"], relation=">",
                  baseline=0.0, low=gap["low"], high=gap["high"],
                  note=f"{n} problems: {right['interweave'].mean():.2f} against {right[variant].mean():.2f}")
        )  # fmt: skip
    return claims


def _executed(solver: ChainOfCode, problems: Sequence[Counting]) -> list[bool]:
    found = solver.execute([one.question for one in problems], [one.program for one in problems])
    return [answer.answer == str(one.answer) for answer, one in zip(found, problems, strict=True)]
