"""A small transformer trained from nothing to emulate programs: program and input in, dictionary out.

One million weights, lists of digits, 36 programs of which 6 are never shown (each of their pieces is, in others). The
truth comes from the sandbox; the baseline is the answer of another program to the same input, which a model that does
not look at the program cannot beat for long. Not covered: undefined leaves, and text.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from unriddle.benchmarks.metrics import wilson
from unriddle.candidate import Candidate
from unriddle.contracts import Executor
from unriddle.data.formats import Example
from unriddle.errors import MissingExtra
from unriddle.lab.base import Claim, Context, claim, generator, not_run
from unriddle.lm.hf_folder import need_torch
from unriddle.methods._cogex_prompt import PseudoProgram, emulation_prompt
from unriddle.methods.cogex import exact, lm_emulator
from unriddle.problem import CallTest

__all__ = ["NEW_INPUTS", "NEW_PROGRAMS", "emulation"]

NEW_INPUTS = "a small model trained to emulate: answers right on new inputs"
NEW_PROGRAMS = "and on programs it never saw, each piece of which it did"
_TASK = "Run it."
_CHOSEN = ("xs", "xs[1:]", "xs[:-1]", "xs[::-1]", "sorted(xs)", "[x + 1 for x in xs]")
_FOLDS = ("max(ys)", "min(ys)", "len(ys)", "ys[0]", "ys[-1]", "sum(ys)")
_ROWS, _ROW_TOKENS = 8, 512


def emulation(executor: Executor, *, n_steps: int, n_new: int, seed: int, context: Context) -> list[Claim]:
    """Exact answers on new inputs and on new programs, against those of another program."""
    try:
        need_torch("training a small emulator")
    except MissingExtra as error:
        return [not_run(name, str(error)) for name in (NEW_INPUTS, NEW_PROGRAMS)]
    rng = generator(seed, stream=60)
    programs = [
        PseudoProgram(f"def f(xs):\n    ys = {chosen}\n    return {{'ys': ys, 'answer': {fold}}}\n")
        for chosen in _CHOSEN
        for fold in _FOLDS
    ]
    hidden = {i * len(_FOLDS) + int(j) for i, j in enumerate(rng.permutation(len(_FOLDS)))}
    seen = [program for i, program in enumerate(programs) if i not in hidden]
    unseen = [program for i, program in enumerate(programs) if i in hidden]
    inputs = _inputs(n_steps * 12 + n_new, rng)
    shown, new = inputs[:-n_new], inputs[-n_new:]
    context.say("running programs for a small emulator")
    truths = _run(seen, shown, executor, rng=rng)
    lm = _trained(truths, n_steps=n_steps, seed=seed, context=context)
    context.say("emulating")
    right, guessed = _measure(lm, seen, new, seen, executor, rng=rng)
    right_new, guessed_new = _measure(lm, unseen, new, seen, executor, rng=rng)
    note = f"1 million weights, {n_steps} steps of {_ROWS * _ROW_TOKENS:,} tokens, {len(truths):,} lists of digits"
    return [
        _claim(NEW_INPUTS, right, guessed, note),
        _claim(NEW_PROGRAMS, right_new, guessed_new, f"{len(unseen)} of {len(programs)} programs were held out"),
    ]


def _claim(name: str, right: Sequence[bool], baseline: float, note: str) -> Claim:
    low, high = wilson(sum(right), len(right))
    more = f"{note}; {len(right)} runs; the baseline is how often another seen program's answer is the same"
    return claim(name, float(np.mean(right)), relation=">", baseline=baseline, low=low, high=high, note=more)


def _inputs(n: int, rng: np.random.Generator) -> list[list[int]]:
    """Different lists of two to five digits, in random order."""
    found: dict[tuple[int, ...], None] = {}
    while len(found) < n:
        found.setdefault(tuple(rng.integers(0, 10, size=int(rng.integers(2, 6))).tolist()))
    return [list(one) for one in found]


def _run(
    programs: Sequence[PseudoProgram], inputs: Sequence[list[int]], executor: Executor, *, rng: np.random.Generator
) -> list[tuple[PseudoProgram, list[int], Any]]:
    """Each input on one program, and what that returned."""
    chosen = rng.integers(len(programs), size=len(inputs))
    found = []
    for i, program in enumerate(programs):
        mine = [given for given, j in zip(inputs, chosen, strict=True) if j == i]
        if mine:
            verdicts = executor.run([Candidate(program.source)], [CallTest("f", (given,)) for given in mine])
            found += [(program, given, verdicts[0, j].result) for j, given in enumerate(mine)]
    return [found[i] for i in rng.permutation(len(found))]


def _trained(
    truths: Sequence[tuple[PseudoProgram, list[int], Any]], *, n_steps: int, seed: int, context: Context
) -> Any:
    from unriddle.lm.transformers import TransformersLM
    from unriddle.prompt.nursery import SPECIAL_TOKENS
    from unriddle.train.models import new_model
    from unriddle.train.objectives.sft import sft
    from unriddle.train.packing import PackedBatches
    from unriddle.train.pool import encode
    from unriddle.train.tokenizer import train_tokenizer
    from unriddle.train.trainer import Settings, train

    examples = [
        Example(emulation_prompt(_TASK, program, given, ()), repr(output), "emulate", str(i))
        for i, (program, given, output) in enumerate(truths)
    ]
    texts = (one.prompt + one.target for one in examples[:2000])
    tokenizer = train_tokenizer(texts, special=SPECIAL_TOKENS, vocabulary=512)
    batches = PackedBatches(encode(examples, tokenizer), rows=_ROWS, row_tokens=_ROW_TOKENS, seed=seed)
    model = new_model(tokenizer, size="1m", seed=seed)
    settings = Settings(steps=n_steps, lr=3e-3, warmup=n_steps // 20, device="cpu", seed=seed)
    out = _scratch(context, n_steps, seed)
    context.say(f"training a small emulator for {n_steps} steps")
    train(model, batches, objective=sft, settings=settings, out=out)
    return TransformersLM.of(model, tokenizer, name="emulator")


def _scratch(context: Context, n_steps: int, seed: int) -> Path:
    return context.cache / "cogex" / f"emulator-{n_steps}-{seed}"


def _measure(
    lm: Any,
    programs: Sequence[PseudoProgram],
    inputs: Sequence[list[int]],
    seen: Sequence[PseudoProgram],
    executor: Executor,
    *,
    rng: np.random.Generator,
) -> tuple[list[bool], float]:
    """Whether each emulated answer is right, and how often the answer of another seen program would be."""
    emulate = lm_emulator(lm, _TASK, temperature=0.0, max_tokens=48)
    truths = _run(programs, inputs, executor, rng=rng)
    given = [one for _, one, _ in truths]
    verdicts = executor.run([Candidate(one.source) for one in seen], [CallTest("f", (one,)) for one in given])
    said: dict[int, Any] = {}
    for program in programs:
        places = [j for j, (of, _, _) in enumerate(truths) if of.source == program.source]
        said.update(zip(places, emulate(program, [given[j] for j in places]), strict=True))
    right, same = [], []
    for j, (program, _, output) in enumerate(truths):
        right.append(bool(exact(said[j], output["answer"])))
        others = [i for i, other in enumerate(seen) if other.source != program.source]
        same.append(np.mean([exact(verdicts[i, j].result["answer"], output["answer"]) for i in others]))
    return right, float(np.mean(same))
