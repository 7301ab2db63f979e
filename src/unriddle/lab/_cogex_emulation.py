"""A small transformer trained from nothing to emulate programs: program and input in, dictionary out.

One million weights, lists of digits, 36 programs of which 6 are never shown (each of their pieces is, in others). The
truth comes from the sandbox; the baseline is the answer of another program to the same input, which a model that does
not look at the program cannot beat for long. Whether it looks is asked again by ``shuffle_control``. Not covered:
undefined leaves, and text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
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
from unriddle.methods.cogex import Emulator, ShuffleControl, exact, lm_emulator, run_emulator, shuffle_control
from unriddle.problem import CallTest
from unriddle.train.threads import one_thread

__all__ = ["NAMES", "emulation"]

NAMES = (
    "a small model trained to emulate: answers right on new inputs",
    "and on programs it never saw, each piece of which it did",
    "it heeds the program: accuracy lost at least on new inputs, when programs are shuffled",
    "it heeds the program: accuracy lost at least, when one it never saw is replaced by one it saw",
)
_TASK = "Run it."
_CHOSEN = ("xs", "xs[1:]", "xs[:-1]", "xs[::-1]", "sorted(xs)", "[x + 1 for x in xs]")
_FOLDS = ("max(ys)", "min(ys)", "len(ys)", "ys[0]", "ys[-1]", "sum(ys)")
_ROWS, _ROW_TOKENS = 8, 512


def emulation(executor: Executor, *, n_steps: int, n_new: int, seed: int, context: Context) -> list[Claim]:
    """Exact answers on new inputs and on new programs, against those of another program."""
    try:
        need_torch("training a small emulator")
    except MissingExtra as error:
        return [not_run(name, str(error)) for name in NAMES]
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
    with one_thread():
        return _claims(executor, seen, unseen, shown, new, n_steps=n_steps, rng=rng, seed=seed, context=context)


def _claims(
    executor: Executor,
    seen: Sequence[PseudoProgram],
    unseen: Sequence[PseudoProgram],
    shown: Sequence[list[int]],
    new: Sequence[list[int]],
    *,
    n_steps: int,
    rng: np.random.Generator,
    seed: int,
    context: Context,
) -> list[Claim]:
    context.say("running programs for a small emulator")
    truths = _run(seen, shown, executor, rng=rng)
    lm = _trained(truths, n_steps=n_steps, seed=seed, context=context)
    context.say("emulating")
    emulate = lm_emulator(lm, _TASK, temperature=0.0, max_tokens=48)
    known = _measure(emulate, seen, new, seen, executor, rng=rng, seed=seed)
    unknown = _measure(emulate, unseen, new, seen, executor, rng=rng, seed=seed)
    note = f"1 million weights, {n_steps} steps of {_ROWS * _ROW_TOKENS:,} tokens, {len(truths):,} lists of digits"
    return [
        _right(NAMES[0], known, note),
        _right(NAMES[1], unknown, f"{len(unseen)} of {len(seen) + len(unseen)} programs were held out"),
        _heeded(NAMES[2], known),
        _heeded(NAMES[3], unknown),
    ]


@dataclass(frozen=True, slots=True)
class _Measured:
    """What an emulator did on runs of some programs.

    Attributes:
        model: With the programs shuffled, too.
        python: The same of Python, which heeds every program.
        guessed: How often the answer of another seen program is right, over all of them.
    """

    model: ShuffleControl
    python: ShuffleControl
    guessed: float


def _right(name: str, measured: _Measured, note: str) -> Claim:
    n, right = measured.model.n, measured.model.own
    low, high = wilson(round(right * n), n)
    more = f"{note}; {n} runs; the baseline is how often another seen program's answer is the same"
    return claim(name, right, relation=">", baseline=measured.guessed, low=low, high=high, note=more)


def _heeded(name: str, measured: _Measured) -> Claim:
    model, python = measured.model, measured.python
    note = (
        f"lower end of the interval of the loss, {model.drop:.3f}; {model.own:.3f} with its own program, "
        f"{model.shuffled:.3f} with another seen one, the same answer from both in {model.same:.0%}; Python, which "
        f"heeds them: {python.own:.3f} and {python.shuffled:.3f}"
    )
    return claim(name, model.low, relation=">", baseline=0.0, low=model.low, high=model.high, note=note)


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
    settings = Settings(steps=n_steps, lr=3e-3, warmup=n_steps // 20, device="cpu", seed=seed, save_every=25)
    data = hashlib.sha256("\0".join(one.prompt + one.target for one in examples).encode()).hexdigest()[:16]
    context.say(f"training a small emulator for {n_steps} steps")
    # Other data or settings are another folder, so that what is there can always be gone on with.
    out = context.cache / "cogex" / f"emulator-{n_steps}-{seed}-{data}"
    train(model, batches, objective=sft, settings=settings, out=out, identity={"data": data}, resume=True)
    return TransformersLM.of(model, tokenizer, name="emulator")


def _measure(
    emulate: Emulator,
    programs: Sequence[PseudoProgram],
    inputs: Sequence[list[int]],
    seen: Sequence[PseudoProgram],
    executor: Executor,
    *,
    rng: np.random.Generator,
    seed: int,
) -> _Measured:
    """The emulator and Python on the same runs, with the same programs in their places."""
    truths = _run(programs, inputs, executor, rng=rng)
    own = [program for program, _, _ in truths]
    data = [(given, output["answer"]) for _, given, output in truths]
    model, python = (
        shuffle_control(own, data, emulate=one, pool=seen, rng=generator(seed, stream=61))
        for one in (emulate, run_emulator("", executor=executor))
    )
    answers = [run_emulator("", executor=executor)(program, [given for given, _ in data]) for program in seen]
    same = [
        np.mean([exact(of[j], wanted) for of, one in zip(answers, seen, strict=True) if one.source != own[j].source])
        for j, (_, wanted) in enumerate(data)
    ]
    return _Measured(model, python, float(np.mean(same)))
