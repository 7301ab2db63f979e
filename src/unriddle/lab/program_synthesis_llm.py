"""The experiment of ``unriddle.methods.program_synthesis_llm``: harness, assert overfitting, pass@k, prediction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from unriddle.candidate import Candidate
from unriddle.lab.base import Claim, Context, Preset, claim, generator, not_run
from unriddle.language.mutants import mutants
from unriddle.methods.large_language_monkeys import coverage
from unriddle.methods.program_synthesis_llm import CallItem, assert_overfitting, error_class
from unriddle.outcome import Limits
from unriddle.problem import CallTest, Returns, Test
from unriddle.prompt import call_text
from unriddle.verdicts import Verdicts

if TYPE_CHECKING:
    from unriddle.benchmarks.base import Task, TaskBenchmark

__all__ = ["experiment"]

_NEEDS = "needs MBPP (folder mbpp of the reference data; give --data FOLDER or UNRIDDLE_DATA)"
_NEEDS_PLUS = "needs MBPP and MBPP+ (folders mbpp and mbppplus of the reference data; give --data FOLDER)"

_HAND_MADE = (
    ("def f(x):\n    return 2 * x", "pass"),
    ("def f(x):\n    return x ** 2 + 1", "wrong answer"),
    ("def f(x):\n    pass", "wrong answer"),
    ("def f(x):\n    return [x] if x else", "syntax error"),
    ("def f(x):\nreturn 2 * x", "syntax error"),
    ("def f(x):\n    return x + 'a'", "type error"),
    ("def f():\n    return 4", "type error"),
    ("def f(x):\n    return [][x]", "runtime error"),
    ("def f(x):\n    return 1 // (x - x)", "runtime error"),
    ("def g(x):\n    return 2 * x", "runtime error"),
    ("def f(x):\n    while True:\n        pass", "runtime error"),
    ("import os\ndef f(x):\n    os._exit(0)", "runtime error"),
    ("def f(x):\n    raise SystemExit(0)", "runtime error"),
    ("class Liar:\n    def __eq__(self, other):\n        return True\n\ndef f(x):\n    return Liar()", "wrong answer"),
)
"""Programs for ``f(2) == 4 and f(3) == 6`` with the class each must get, written before any was run."""


def experiment(preset: Preset, *, seed: int, context: Context) -> list[Claim]:
    """Every claim of the method; most parts need reference data, prediction needs the embedded model."""
    return [
        *_error_classes(context),
        *_harness(preset, seed, context),
        *_overfitting(preset, seed, context),
        *_estimator(context),
        *_prediction(preset, seed, context),
        not_run(
            "a small model trained on (program, input) -> output: accuracy on longer programs below unseen inputs",
            "needs training of small models (unriddle.train), which this version does not have",
        ),
    ]


def _error_classes(context: Context) -> list[Claim]:
    """Hand-made programs of known classes."""
    tests = [CallTest("f", (x,), expect=Returns(2 * x), name=f"f({x})") for x in (2, 3)]
    with context.executor() as executor:
        verdicts = executor.run([Candidate(source) for source, _ in _HAND_MADE], tests, limits=Limits(cpu_seconds=1.0))
    got = [error_class(verdicts, i) for i in range(len(_HAND_MADE))]
    wrong = [f"{want!r} as {have!r}" for have, (_, want) in zip(got, _HAND_MADE, strict=True) if have != want]
    share = 1 - len(wrong) / len(got)
    note = f"{len(got)} programs" + (f"; wrong: {', '.join(wrong)}" if wrong else "")
    return [claim("error classes of hand-made programs", share, relation="==", baseline=1.0, note=note)]


def _mbpp(context: Context) -> TaskBenchmark | None:
    path = context.data / "mbpp" / "mbpp.jsonl" if context.data else None
    if path is None or not path.is_file():
        return None
    from unriddle.benchmarks import mbpp

    return mbpp.load(path)


def _harness(preset: Preset, seed: int, context: Context) -> list[Claim]:
    """References pass their own asserts; every mutant of them gets a class."""
    from unriddle.lab.recorded import LIMITS, judge_kept

    names = ["share of MBPP references that pass their own asserts", "share of mutated references that get a class"]
    benchmark = _mbpp(context)
    if benchmark is None:
        return [not_run(name, _NEEDS, relation=">=") for name in names]
    references = {task.problem.id: [Candidate(task.reference)] for task in benchmark.tasks}
    verdicts = judge_kept(benchmark, references, context=context)
    failed = [task for task, v in verdicts.items() if not v.solved()[0]]
    rng = generator(seed, stream=1)
    some = benchmark.tasks[:: 10 if preset == "small" else 1]
    edited = {task.problem.id: _mutated(task.reference, 2, rng) for task in some}
    edited = {task: rows for task, rows in edited.items() if rows}
    judged = judge_kept(benchmark, edited, context=context, limits=LIMITS)
    classes = [error_class(v, i) for v in judged.values() for i in range(v.shape[0])]
    return [
        claim(
            names[0],
            1 - len(failed) / len(verdicts),
            relation=">=",
            baseline=0.99,
            note=f"{len(verdicts)} tasks; failing: {', '.join(failed) or 'none'}",
        ),
        claim(
            names[1],
            sum(map(bool, classes)) / len(classes),
            relation="==",
            baseline=1.0,
            note=f"{len(classes)} mutants",
        ),
    ]


_MISTAKES = ("comparison", "arithmetic", "logic", "negation", "constant", "statement")


def _mutated(reference: str, n: int, rng: np.random.Generator) -> list[Candidate]:
    return [Candidate(source) for source in mutants(reference, n=n, rng=rng, operators=_MISTAKES)]


def _overfitting(preset: Preset, seed: int, context: Context) -> list[Claim]:
    """P(agrees with the reference on the MBPP+ inputs | passes the shown asserts), over one-mistake mutants."""
    names = [
        "P(hidden tests pass | one shown assert passes)",
        "smallest step from 1 to 2 to 3 shown asserts",
        "P(hidden tests pass | all three asserts pass)",
    ]
    benchmark, plus = _mbpp(context), context.data / "mbppplus" / "MbppPlus.jsonl.gz" if context.data else None
    if benchmark is None or plus is None or not plus.is_file():
        return [not_run(name, _NEEDS_PLUS, relation="<") for name in names]
    rng = generator(seed, stream=2)
    verdicts = _against_reference(
        benchmark, plus, n_tasks=40 if preset == "small" else None, n_mutants=10, rng=rng, context=context
    )
    one, two, three = assert_overfitting(verdicts)
    steps = min(two.rate - one.rate, three.rate - two.rate)
    n = sum(v.shape[0] for v in verdicts.values())
    rates = ", ".join(f"{row.rate:.3f}" for row in (one, two, three))
    note = f"{n} mutants of {len(verdicts)} tasks; rates {rates}; {three.n_passed} pass all asserts"
    return [
        claim(names[0], one.rate, relation="<", baseline=1.0, note=note),
        claim(names[1], steps, relation=">", baseline=0.0, note=note),
        claim(names[2], three.rate, relation="<", baseline=1.0, note=note),
    ]


def _against_reference(
    benchmark: TaskBenchmark,
    plus: Path,
    *,
    n_tasks: int | None,
    n_mutants: int,
    rng: np.random.Generator,
    context: Context,
) -> dict[str, Verdicts]:
    """``(n, 4)`` by task: three asserts, and agreement with the reference on up to 50 MBPP+ inputs."""
    from unriddle.lab.recorded import LIMITS
    from unriddle.record import read_jsonl

    inputs = {str(row["task_id"]).rpartition("/")[2]: row for _, row in read_jsonl(plus)}
    groups: dict[str, tuple[list[Candidate], list[Test]]] = {}
    for task in benchmark.tasks:
        number = task.problem.id.rpartition("/")[2]
        if number in inputs and len(task.hidden) == 3 and (n_tasks is None or len(groups) < n_tasks):
            groups[task.problem.id] = _group(task, inputs[number]["plus_input"], n_mutants, rng)
    found = {}
    context.say(f"executing mutants of {len(groups)} tasks")
    with context.executor() as executor:
        for place, verdicts in executor.run_groups(list(groups.values()), limits=LIMITS):
            agreed = _agreement(verdicts)
            if agreed is not None:
                found[list(groups)[place]] = agreed
    return {task: found[task] for task in groups if task in found}


def _group(
    task: Task, inputs: Sequence[Sequence[object]], n_mutants: int, rng: np.random.Generator
) -> tuple[list[Candidate], list[Test]]:
    """The reference and its mutants; the asserts and the calls whose values are only recorded."""
    calls = [CallTest(task.problem.entry, tuple(args), name=f"plus[{j}]") for j, args in enumerate(inputs[:50])]
    rows = [Candidate(task.reference), *_mutated(task.reference, n_mutants, rng)]
    return rows, [*task.hidden, *calls]


def _agreement(verdicts: Verdicts) -> Verdicts | None:
    """Mutants only, with one column for agreement with row 0; ``None`` when the reference itself is no guide."""
    reference = verdicts.value[0, 3:]
    usable = np.flatnonzero(reference >= 0)
    if usable.size < 5 or not verdicts.passed[0, :3].all() or verdicts.shape[0] < 2:
        return None
    agrees = (verdicts.value[1:, 3:][:, usable] == reference[usable]).all(axis=1)
    status = np.concatenate([verdicts.status[1:, :3], np.where(agrees, 0, 1)[:, None]], axis=1).astype(np.int8)
    n = len(status)
    return Verdicts(
        status=status,
        value=np.full((n, 4), -1, np.int32),
        cpu_seconds=np.full((n, 4), np.nan, np.float32),
        prior=verdicts.prior[1:],
        candidates=verdicts.candidates[1:],
        tests=(*verdicts.tests[:3], "agrees with the reference"),
    )


def _estimator(context: Context) -> list[Claim]:
    """Mean of both estimators of pass@10 over every choice of 10 or 50 of the recorded programs."""
    from unriddle.lab.recorded import NEEDS, judge_recorded

    names = [
        "pass@10 from 10 of 100 recorded programs: bias of the unbiased estimator",
        "bias of 1 - (1 - c/n)^k on the same work, absolute",
        "that bias with 50 programs against half of it with 10",
    ]
    verdicts = judge_recorded(context)
    if verdicts is None:
        return [not_run(name, NEEDS, relation="<") for name in names]
    correct = [int(v.solved().sum()) for v in verdicts.values()]
    truth = float(coverage(100, correct, ks=[10])[0])
    bias = {n: _expected(correct, n, naive=True) - truth for n in (10, 50)}
    return [
        claim(names[0], abs(_expected(correct, 10, naive=False) - truth), relation="<", baseline=1e-9),
        claim(names[1], abs(bias[10]), relation=">", baseline=0.01),
        claim(names[2], abs(bias[50]), relation="<", baseline=abs(bias[10]) / 2),
    ]


def _expected(correct: Sequence[int], n: int, *, naive: bool, k: int = 10, total: int = 100) -> float:
    """Exact mean over all choices of n of the ``total`` programs, then over problems."""
    estimate = [1 - (1 - c / n) ** k if naive else float(coverage(n, [c], ks=[k])[0]) for c in range(n + 1)]
    each: Mapping[int, float] = {
        right: sum(comb(right, c) * comb(total - right, n - c) / comb(total, n) * estimate[c] for c in range(n + 1))
        for right in set(correct)
    }
    return float(np.mean([each[right] for right in correct]))


def _prediction(preset: Preset, seed: int, context: Context) -> list[Claim]:
    """The embedded model predicts the value of MBPP calls; the paper's best few-shot figure is about 30 %."""
    from unriddle.lab.models import missing_model, predict_calls

    name = "SmolLM2-135M predicts the value of an MBPP call, code and other asserts shown"
    benchmark, missing = _mbpp(context), missing_model()
    if preset == "small":
        missing = "the full preset only; reading the prompts takes minutes on two cores"
    if benchmark is None or missing:
        return [not_run(name, missing or _NEEDS, relation="<", baseline=0.30)]
    tasks = [task for task in benchmark.tasks if len(task.hidden) == 3 and len(task.reference) < 300]
    items = [item for item in map(_item, tasks) if item is not None]
    picked = [items[i] for i in generator(seed, stream=3).permutation(np.arange(2, len(items)))[:40]]
    found = predict_calls(picked, exemplars=items[:2], modes=("both", "code", "asserts"), context=context)
    note = "; ".join(f"{mode}: {p.accuracy:.3f} exact, {p.readable.mean():.2f} readable" for mode, p in found.items())
    return [claim(name, found["both"].accuracy, relation="<", baseline=0.30, note=f"{len(picked)} calls; {note}")]


def _item(task: Task) -> CallItem | None:
    """The first assert as a question, the others as hints."""
    first, *others = task.hidden
    if not isinstance(first, CallTest) or not isinstance(first.expect, Returns):
        return None
    call = call_text(first)
    lines = tuple(t.source for t in others if t.source and call not in t.source)
    return CallItem(task.reference, call, first.expect.value, text=task.problem.statement, asserts=lines)
