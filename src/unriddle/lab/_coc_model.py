"""The embedded model behind chain_of_code: as the helper that knows kinds of things, and as the writer of programs.

Words in worked examples and words in questions are different ones. Not covered: larger models; pass your own to
``ChainOfCode``.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from unriddle.benchmarks import bbh
from unriddle.benchmarks.metrics import paired_bootstrap, wilson
from unriddle.contracts import Executor
from unriddle.lab._coc_templates import ALGORITHMIC, counting, program_of
from unriddle.lab._coc_words import KINDS, held_out, is_kind, shown
from unriddle.lab.base import Claim, Context, claim, generator, not_run
from unriddle.lab.models import missing_model
from unriddle.lm.base import LM, SampleOptions
from unriddle.methods.chain_of_code import ChainOfCode, WorkedExample

__all__ = ["small_model"]

_HELPS = "SmolLM2: points gained by counting in the program over asking for the count"
_BBH = "SmolLM2 on object_counting: share right by a template program, calls filled in"
_WRITES = "SmolLM2 writes the programs itself: share right on the six sets"


def small_model(
    data: bbh.BigBenchHard | None, executor: Executor, *, small: bool, seed: int, context: Context
) -> list[Claim]:
    """The claims that need the embedded model."""
    why = missing_model()
    if why:
        return [not_run(name, why) for name in (_HELPS, _BBH, _WRITES)]
    from unriddle.lm.embedded import EmbeddedLM

    with EmbeddedLM() as lm:
        context.say("SmolLM2 as the helper")
        claims = _helps(lm, executor, n=6 if small else 30, seed=seed)
        if small or data is None:
            why = "takes minutes; run --preset full" if small else "needs the reference data (bbh); give --data"
            return [*claims, not_run(_BBH, why), not_run(_WRITES, why)]
        context.say("SmolLM2 on BIG-Bench Hard")
        claims += _on_bbh(lm, executor, data, n=8)
        claims += _writes(lm, executor, data, n=1)
    return claims


def _facts(seed: int, kind: str = "") -> WorkedExample:
    """Facts as one worked example: six things of a kind and six others, or two and two of four kinds."""
    rng = generator(seed, stream=30)
    facts = {}
    for one in [kind] if kind else list(KINDS)[:4]:
        n = 6 if kind else 2
        others = [word for other in KINDS if other != one for word in shown(other)]
        words = [*rng.permutation(list(shown(one)))[:n], *rng.permutation(others)[:n]]
        for word in rng.permutation(words).tolist():
            facts[f"is_kind({word!r}, {one!r})"] = is_kind(word, one)
    return WorkedExample("", "answer = 0", "0", facts)


def _helps(lm: LM, executor: Executor, *, n: int, seed: int) -> list[Claim]:
    """Fruits among eight held-out things are counted; the same model is asked for each thing, or for the count."""
    words = {kind: held_out(kind) for kind in KINDS}
    problems = counting(n, words, rng=generator(seed, stream=31), forms=["branch"], kinds=["fruit"])
    solver = ChainOfCode(lm, executor, [_facts(seed, "fruit")], level="call", show_question=False, max_change_tokens=3)
    found = solver.execute([one.question for one in problems], [one.program for one in problems])
    helped = [answer.answer == str(one.answer) for answer, one in zip(found, problems, strict=True)]
    examples = counting(4, {kind: shown(kind) for kind in KINDS}, rng=generator(seed, stream=32), kinds=["fruit"])
    shots = [(one.question, str(one.answer)) for one in examples]
    asked = _ask(lm, "", shots, [one.question for one in problems])
    direct = [answer == str(one.answer) for answer, one in zip(asked, problems, strict=True)]
    gap = paired_bootstrap(helped, direct, rng=generator(seed, stream=33))
    judged = [
        (step.changed[""] == str(is_kind(*_arguments(step.source))), is_kind(*_arguments(step.source)))
        for answer in found
        if answer.run is not None
        for step in answer.run.steps
        if "" in step.changed
    ]
    return [
        claim(_HELPS, 100 * gap["value"], relation=">=", baseline=20.0, low=100 * gap["low"], high=100 * gap["high"],
              note=f"{n} lists of 8 things: {sum(helped)} right by the program, {sum(direct)} asked directly; "
              f"judgements right: {_share(judged, True)} of fruits, {_share(judged, False)} of others"),
    ]  # fmt: skip


def _share(judged: Sequence[tuple[bool, bool]], kind: bool) -> str:
    right = [one for one, of in judged if of == kind]
    return f"{np.mean(right):.0%}" if right else "none"


def _arguments(call: str) -> tuple[str, str]:
    thing, kind = call.removeprefix("is_kind(").removesuffix(")").split(", ")
    return thing.strip("'"), kind.strip("'")


def _ask(lm: LM, head: str, shots: Sequence[tuple[str, str]], questions: Sequence[str]) -> list[str]:
    """The model's direct answers, after worked examples."""
    start = f"{head}\n\n" if head else ""
    start += "".join(f"Q: {question}\nA: {answer}\n\n" for question, answer in shots)
    options = SampleOptions(temperature=0.0, top_p=1.0, max_tokens=24, stop=("\n",), seed=0)
    drawn = lm.sample([f"{start}Q: {question}\nA:" for question in questions], options=options)
    return [draw.text.strip() for (draw,) in drawn]


def _on_bbh(lm: LM, executor: Executor, data: bbh.BigBenchHard, *, n: int) -> list[Claim]:
    task = "object_counting"
    examples = data.examples(task)[:n]
    questions = [one.question for one in examples]
    solver = ChainOfCode(lm, executor, [_facts(0)], level="call", show_question=False, max_change_tokens=3)
    found = solver.execute(questions, [program_of(task, question) for question in questions])
    right = [bbh.matches(one.answer, example.answer) for one, example in zip(found, examples, strict=True)]
    head, shots = data.shots(task)
    asked = _ask(lm, head, [(shot.question, shot.answer) for shot in shots], questions)
    direct = [bbh.matches(answer, example.answer) for answer, example in zip(asked, examples, strict=True)]
    low, high = wilson(sum(right), n)
    return [
        claim(_BBH, float(np.mean(right)), relation=">", baseline=float(np.mean(direct)), low=low, high=high,
              note=f"first {n} questions; the baseline is the same model, asked directly with the published examples"),
    ]  # fmt: skip


def _writes(lm: LM, executor: Executor, data: bbh.BigBenchHard, *, n: int) -> list[Claim]:
    """Worked examples are the published ones, with programs of our templates; the questions are others."""
    right, direct, ran = [], [], 0
    for task in ALGORITHMIC:
        head, shots = data.shots(task)
        worked = [WorkedExample(one.question, program_of(task, one.question), one.answer) for one in shots[:1]]
        examples = data.examples(task)[:n]
        questions = [one.question for one in examples]
        found = ChainOfCode(lm, executor, worked, level="call", max_tokens=400, max_change_tokens=3)(questions)
        asked = _ask(lm, head, [(shot.question, shot.answer) for shot in shots], questions)
        right += [bbh.matches(one.answer, example.answer) for one, example in zip(found, examples, strict=True)]
        direct += [bbh.matches(one, example.answer) for one, example in zip(asked, examples, strict=True)]
        ran += sum(one.by == "program" for one in found)
    low, high = wilson(sum(right), len(right))
    return [
        claim(_WRITES, float(np.mean(right)), relation=">", baseline=float(np.mean(direct)), low=low, high=high,
              note=f"first {n} questions of each, one worked example; {ran} programs of {len(right)} ran to an answer; "
              "the baseline is the same model, asked directly with three examples"),
    ]  # fmt: skip
